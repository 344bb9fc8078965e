package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Decides whether the sender of a message that waits is warned; asked when a warning is due. Called
 * by the module delay_dsn on the loop of the queue; may not block. The body need not be resident.
 */
@ConsumerType
public interface DelayDsnGenerate {
  /** The first answer wins; {@code generate_delay_dsn} where there is none. */
  Optional<Boolean> delayDsnGenerateDelayDsn(Message waiting);
}
