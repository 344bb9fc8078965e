package org.impetusmta.api.alert;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Tells people by e-mail, and keeps what scripts count by binding and domain; an OSGi service of
 * module alerting. Concurrent. Source: modules.alerting, 3-api ec_alerting_inc_count,
 * web3.automated.alerting.
 */
@ProviderType
public interface Alerting {
  /**
   * Adds 1 to a counter.
   *
   * @return what it is then
   */
  long incCount(String binding, String domain, String key);

  /** A counter; 0 where there is none, or nobody added to it for alerting_cache_ttl. */
  long count(String binding, String domain, String key);

  /** Forgets a counter. */
  void reset(String binding, String domain, String key);

  /**
   * The part of delivery attempts that failed for good, 0 to 1.
   *
   * @param period how far to look back; whole minutes, an hour at most
   * @return 0 where there were fewer than 100
   */
  double failureRate(String binding, String domain, Duration period);

  /**
   * Sends a plain message to each recipient; it is logged, bound and signed as any.
   *
   * @param throttle least time between two with the same sender, recipients and subject; zero: none
   * @return the ids once they are durable; empty where it was held back
   * @throws IllegalArgumentException for no recipient, or a subject that is none
   */
  CompletableFuture<List<MessageId>> send(
      Address sender, List<Address> recipients, String subject, String body, Duration throttle);
}
