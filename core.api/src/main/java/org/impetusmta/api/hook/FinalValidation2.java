package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Before {@link FinalValidation}, on every way of injection: where a signer stands whose failure
 * refuses or defers the mail. Runs on the session's loop. Source: hooks core_final_validation2.
 */
@ConsumerType
public interface FinalValidation2 {
  /** A refusal refuses or defers the whole transaction. */
  Verdict finalValidation2(Message message);
}
