package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A client gave the command AUTH; nothing has been asked or looked up. Runs on the session's loop,
 * or in the pool that {@link RunsIn} says. Source: core_pre_esmtp_auth.
 */
@ConsumerType
public interface PreEsmtpAuth {
  /**
   * @return PASS or FAIL to decide whatever credentials the client has; ERROR to have it come back;
   *     empty to have them looked at
   */
  Optional<AuthStatus> preEsmtpAuth(AuthMechanism mechanism, AcceptConstruct connection);
}
