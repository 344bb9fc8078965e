package org.impetusmta.api.hook;

import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The protocol itself refused what an SMTP client said, before any policy: a verb that nobody knows
 * (500 5.5.2), a syntax error (501 and the like), a limit. Runs on the session's loop, before the
 * refusal is logged.
 */
@ConsumerType
public interface SmtpCommandRefused {
  /**
   * @param reply what the client is told
   */
  void smtpCommandRefused(Reply reply, AcceptConstruct connection);
}
