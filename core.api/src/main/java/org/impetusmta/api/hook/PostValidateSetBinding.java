package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Phase set_binding gave a message another binding than it had. Runs where set_binding runs, on any
 * thread; may not block. Source: hooks core_post_validate_set_binding.
 */
@ConsumerType
public interface PostValidateSetBinding {
  void postValidateSetBinding(Message message);
}
