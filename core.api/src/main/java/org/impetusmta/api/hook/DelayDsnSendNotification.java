package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A warning is about to be made. Called by the module delay_dsn on the loop of the queue; may not
 * block. The body need not be resident.
 */
@ConsumerType
public interface DelayDsnSendNotification {
  /** True: the warning has been taken care of, the core makes none. */
  boolean delayDsnSendNotification(Message waiting);
}
