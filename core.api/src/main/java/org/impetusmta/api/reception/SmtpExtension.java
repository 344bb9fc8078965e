package org.impetusmta.api.reception;

import java.util.Optional;
import org.impetusmta.api.message.Reply;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A verb that a module adds to the sessions of the ESMTP listener, with its line in the reply to
 * EHLO. It is offered where {@code SMTP_Extensions} lists its keyword; the module's annotation says
 * the same keyword as {@code smtpExtension}, so that listing it starts the module.
 *
 * <p>Called on the session's loop; must not block. Source: 3-api esmtp_extensions_register.
 */
@ConsumerType
public interface SmtpExtension {
  /** EHLO keyword and verb, in capitals: {@code XCLIENT}. */
  String keyword();

  /** What follows the keyword in the reply to EHLO; empty: nothing. */
  default String parameters() {
    return "";
  }

  /**
   * The verb was said.
   *
   * @param argument what followed it and a blank, printable ASCII, up to some 2000 octets
   * @return the reply; 5xx counts as a command that the client got wrong. Empty: the session begins
   *     anew, with the phase connect and the banner, and the client has to greet again
   */
  Optional<Reply> command(String argument, SmtpDialogue dialogue);
}
