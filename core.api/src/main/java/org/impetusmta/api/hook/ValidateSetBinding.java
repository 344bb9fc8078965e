package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Phase set_binding: chooses the binding with {@link Message#setBinding}. May not block; runs again
 * when mail is rebound.
 */
@ConsumerType
public interface ValidateSetBinding {
  Verdict validateSetBinding(Message message);
}
