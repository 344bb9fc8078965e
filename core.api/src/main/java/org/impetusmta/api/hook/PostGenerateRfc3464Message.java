package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.impetusmta.api.queue.DsnAction;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A delivery status notification was made and is not stored yet: what is set in its dictionary is
 * spooled with it. Runs as {@link GenerateBounces} does; the original's body need not be resident.
 */
@ConsumerType
public interface PostGenerateRfc3464Message {
  void postGenerateRfc3464Message(Message original, Message notification, DsnAction action);
}
