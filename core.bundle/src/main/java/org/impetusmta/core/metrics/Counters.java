package org.impetusmta.core.metrics;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counters of the server since its start or the last {@code summary reset}. Concurrent; adding
 * never contends.
 */
public final class Counters {
  public final LongAdder received = new LongAdder();
  public final LongAdder delivered = new LongAdder();
  public final LongAdder failed = new LongAdder();
  public final LongAdder rejected = new LongAdder();
  public final LongAdder transientFailures = new LongAdder();
  public final LongAdder dnsAddressQueries = new LongAdder();
  public final LongAdder dnsMxQueries = new LongAdder();
  public final DnsCounts dns = new DnsCounts();

  /** Connections that are open now; not reset. */
  public final LongAdder inboundConnections = new LongAdder();

  /** Connections that are open now; not reset. */
  public final LongAdder outboundConnections = new LongAdder();

  /** DNS queries without an answer yet; not reset. */
  public final LongAdder dnsPending = new LongAdder();

  /** Zeroes what counts since the last reset. */
  public void reset() {
    received.reset();
    delivered.reset();
    failed.reset();
    rejected.reset();
    transientFailures.reset();
    dnsAddressQueries.reset();
    dnsMxQueries.reset();
    dns.reset();
  }
}
