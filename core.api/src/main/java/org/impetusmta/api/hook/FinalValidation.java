package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Phase final_validation: after set_binding, on every way of injection; the signing point. Runs on
 * the session's loop.
 */
@ConsumerType
public interface FinalValidation {
  /** A refusal refuses or defers the whole transaction. */
  Verdict finalValidation(Message message);
}
