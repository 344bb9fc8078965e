package org.impetusmta.testkit.smtp;

import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;

/** Keeps the events. Concurrent. */
public final class RecordingEventLog implements EventLog {
  private final List<LogEvent> events = new ArrayList<>();
  private volatile boolean overloaded;

  @Override
  public synchronized void append(LogEvent event) {
    events.add(event);
  }

  /** What was appended so far, in order. */
  public synchronized List<LogEvent> events() {
    return List.copyOf(events);
  }

  @Override
  public boolean overloaded() {
    return overloaded;
  }

  /** Sets the answer of {@link #overloaded()}. */
  public void overloaded(boolean yes) {
    overloaded = yes;
  }
}
