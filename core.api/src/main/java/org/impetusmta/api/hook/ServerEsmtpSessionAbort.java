package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A client of an SMTP session went away without QUIT, and we had not told it to. Runs on the
 * session's loop. Source: hooks core_server_esmtp_session_abort.
 */
@ConsumerType
public interface ServerEsmtpSessionAbort {
  void serverEsmtpSessionAbort(AcceptConstruct connection);
}
