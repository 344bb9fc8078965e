package org.impetusmta.delivery.esmtp;

import org.impetusmta.api.message.Message;

/**
 * What is settled with the peer between EHLO and the first MAIL: STARTTLS, XCLIENT, AUTH. The steps
 * of a connection are taken in order, those that have nothing to do are passed over. A step may
 * wait for what is no reply (a handshake, an answer of the DNS): it is over when it calls {@link
 * Opening#done}, {@link Opening#helloAgain}, or one of the ends that {@link Opening} has. Confined
 * to the connection's loop.
 */
interface SessionStep extends Phase {
  /** What a step thinks of a message for a session that it has prepared. */
  enum Fit {
    /** The session serves it as it is. */
    AS_IT_IS,
    /** The step has to be taken again for it. */
    STEP_AGAIN,
    /** Only a new connection can serve it. */
    NEW_CONNECTION
  }

  /**
   * Begins with what the newest answer to EHLO offers.
   *
   * @return false if there is nothing to do: the next step is taken at once
   */
  boolean begin();

  /** Whether the session, as this step left it, serves {@code message}. */
  default Fit fits(Message message) {
    return Fit.AS_IT_IS;
  }
}
