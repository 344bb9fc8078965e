package org.impetusmta.core.queue;

import java.time.Duration;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Reply;

/**
 * When a message is attempted again and when it is given up: {@code retry_interval x 2^n}, at most
 * {@code max_retry_interval}, until {@code max_retries} or {@code message_expiration}. Read-only.
 * Source: conf.ref.retry_interval, conf.ref.max_retries, conf.ref.message_expiration.
 *
 * @param maxRetries retries that a message may have
 */
record RetrySchedule(
    long intervalMillis, long maxIntervalMillis, int maxRetries, long expirationMillis) {
  static final Reply TOO_MANY_RETRIES =
      new Reply(554, "5.4.7", "[internal] exceeded max retries without delivery");
  static final Reply TOO_OLD =
      new Reply(554, "5.4.7", "[internal] exceeded max time without delivery");

  /** RFC 2852 section 4. */
  static final Reply TOO_LATE =
      new Reply(554, "5.4.7", "[internal] not delivered by the time that the sender asked for");

  /** What follows a transient failure. */
  sealed interface Decision {
    /** Another attempt at {@code nextAttemptMillis}. */
    record Retry(long nextAttemptMillis) implements Decision {}

    /** No other attempt. */
    record GiveUp(Reply reply) implements Decision {}
  }

  static RetrySchedule of(QueueOptions options) {
    long interval = Math.max(1, options.retryInterval().toMillis());
    long max = Math.max(1, options.maxRetryInterval().toMillis());
    long expiration = options.messageExpiration().toMillis();
    int retries;
    if (options.neverRetry()) {
      retries = 0;
    } else if (options.maxRetries().equalsIgnoreCase("none")) {
      retries = Integer.MAX_VALUE;
    } else if (options.maxRetries().equalsIgnoreCase("auto")) {
      retries = retriesWithin(expiration, interval, max);
    } else {
      retries = Integer.parseInt(options.maxRetries());
    }
    return new RetrySchedule(interval, max, retries, expiration);
  }

  /**
   * Looks at what no option type can.
   *
   * @throws ConfigException when max_retries is not auto, none or a number
   */
  static void check(QueueOptions options, String where) throws ConfigException {
    if (!options.maxRetries().matches("(?i:auto|none)|\\d{1,9}")) {
      throw new ConfigException(
          where
              + ": max_retries is \""
              + options.maxRetries()
              + "\"; expected auto, none or a number");
    }
  }

  /** The first number of retries whose waiting times together reach {@code expiration}. */
  private static int retriesWithin(long expiration, long interval, long max) {
    long sum = 0;
    int retries = 0;
    while (sum < expiration) {
      long step = interval(retries, interval, max);
      if (step == max) {
        return Math.toIntExact(
            Math.min(Integer.MAX_VALUE, retries + (expiration - sum + max - 1) / max));
      }
      sum += step;
      retries++;
    }
    return retries;
  }

  private static long interval(int retries, long interval, long max) {
    return retries >= Long.numberOfLeadingZeros(interval) - 1
        ? max
        : Math.min(max, interval << retries);
  }

  /** The time between the failure of attempt {@code retries} (from 0) and the next one. */
  Duration interval(int retries) {
    return Duration.ofMillis(interval(retries, intervalMillis, maxIntervalMillis));
  }

  /**
   * @param retries transient failures before the one that happened {@code now}
   * @param sinceMillis when its time in the queue began
   */
  Decision afterFailure(int retries, long sinceMillis, long now) {
    if (now - sinceMillis >= expirationMillis) {
      return new Decision.GiveUp(TOO_OLD);
    }
    if (retries >= maxRetries) {
      return new Decision.GiveUp(TOO_MANY_RETRIES);
    }
    return new Decision.Retry(now + interval(retries, intervalMillis, maxIntervalMillis));
  }

  /** Whether a message that waits should have been given up already. */
  boolean expired(int retries, long sinceMillis, long now) {
    return now - sinceMillis >= expirationMillis || retries > maxRetries;
  }
}
