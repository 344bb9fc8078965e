package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * {@code ac_auth://} found user or password wrong. Runs on the session's loop, outside SMTP on any
 * loop, and may not block. Source: modules.ac_auth.
 */
@ConsumerType
public interface AcAuthLogAuthFailure {
  /**
   * @param connection the session; empty outside SMTP
   * @param response what {@link AcAuthPerformAuth} wants the client to be told; empty: the usual
   */
  void acAuthLogAuthFailure(
      String username, Optional<AcceptConstruct> connection, Optional<Reply> response);
}
