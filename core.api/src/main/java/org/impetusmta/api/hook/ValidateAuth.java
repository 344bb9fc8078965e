package org.impetusmta.api.hook;

import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What an AUTH came to is known: {@code auth_status}, {@code auth_name} and, where the client came
 * to say it, {@code auth_user} are in the connection dictionary, {@code can_relay} is not yet. Runs
 * on the session's loop, or in the pool that {@link RunsIn} says. Source: core_validate_auth.
 */
@ConsumerType
public interface ValidateAuth {
  /**
   * @return a refusal is what the client is told, and it is not authenticated then
   */
  Verdict validateAuth(AuthStatus status, AcceptConstruct connection);
}
