package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * After {@link FinalValidation}, on every way of injection: the last that happens to a message
 * before it is stored, where a seal is put over what the signers made. Implemented by at most one
 * module, since their order decides what is sealed. Runs on the session's loop. Source: hooks
 * core_post_final_validation.
 */
@ConsumerType
public interface PostFinalValidation {
  void postFinalValidation(Message message);
}
