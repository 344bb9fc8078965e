package org.impetusmta.api.hook;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says that a logger looks at more of a message than what never changes. While somebody does, the
 * messages of events are copies of what they were when it happened, as far as it is asked for. It
 * costs every event something: loggers that can do without answer false. Called on event loops, for
 * each event; must answer at once and never change its mind.
 */
@ConsumerType
public interface LogDetails {
  /** Whether {@code context()} and {@code connectionContext()} are read. */
  boolean dictionaries();

  /** Whether {@code body()} is read; an IllegalStateException says that it is gone. */
  boolean bodies();
}
