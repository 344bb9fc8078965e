package org.impetusmta.api.hook;

import java.time.Instant;
import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says when the sender of a message that waits is warned next. Called by the module delay_dsn on
 * the loop of the queue, again and again while the message waits; may not block. The body need not
 * be resident.
 */
@ConsumerType
public interface DelayDsnNext {
  /**
   * The first answer wins; the back-off of {@code delay_dsn_retry_interval} where there is none. A
   * moment at or before the last warning is one that is over: nothing is sent for it.
   */
  Optional<Instant> delayDsnNextDelayDsn(Message waiting, Instant now);
}
