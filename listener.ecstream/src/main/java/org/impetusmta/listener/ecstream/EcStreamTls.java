package org.impetusmta.listener.ecstream;

import java.nio.channels.ClosedChannelException;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.tls.ImplicitTls;
import org.impetusmta.tls.PkixCheck;
import org.impetusmta.tls.Verdict;

/**
 * What a session learns of its TLS.
 *
 * @param secured runs when policy has seen the client's certificate and wants the session
 * @param unwanted runs when it does not
 */
record EcStreamTls(InboundSession inbound, Runnable secured, Runnable unwanted)
    implements ImplicitTls.Listener {
  private static final Reply FAILED = new Reply(421, "4.7.0", "TLS Negotiation failed.");

  @Override
  public void established(InboundTls tls) {
    inbound.secured(
        tls,
        outcome -> {
          if (outcome.accepted()) {
            secured.run();
          } else {
            unwanted.run();
          }
        });
  }

  /** One that says nothing at all is no attempt. */
  @Override
  public void failed(Throwable cause) {
    if (!(cause instanceof ClosedChannelException)) {
      inbound.rejected(FAILED, "TLS handshake: " + Verdict.printable(PkixCheck.words(cause)));
    }
  }
}
