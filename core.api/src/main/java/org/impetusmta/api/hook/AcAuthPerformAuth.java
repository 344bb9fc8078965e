package org.impetusmta.api.hook;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Judges user and password for {@code uri = "ac_auth://"}. Runs on the session's loop, outside SMTP
 * on any loop, and may not block. Source: modules.ac_auth.
 */
@ConsumerType
public interface AcAuthPerformAuth {
  /**
   * @param connection the session; empty outside SMTP. To be used on its loop alone
   * @return an answer, now or later and on any thread; empty: the next module is asked. One that
   *     fails, or is not there within a minute, is a temporary failure
   */
  CompletionStage<Optional<AuthAnswer>> acAuthPerformAuth(
      String username, String password, Optional<AcceptConstruct> connection);
}
