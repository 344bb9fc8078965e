package org.impetusmta.api.hook;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says which mail is kept in memory alone. Asked only where {@code _unsafe_spool} permits it; the
 * first module is followed. Mail that is kept so is written for good when this says no to it after
 * an attempt, when a queue drops its body, when too much is kept, and at the end of the module or
 * the server. Runs on event loops; must not block.
 */
@ConsumerType
public interface SpoolSuppression {
  /**
   * Whether a message is not written yet.
   *
   * @param retries transient failures so far; 0 for new mail
   */
  boolean suppresses(int retries);

  /** Octets that may be kept in all; what came first is written beyond. */
  long mostOctets();
}
