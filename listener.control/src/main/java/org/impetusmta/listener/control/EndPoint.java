package org.impetusmta.listener.control;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The sessions that came in at one Listen, and what they share. Concurrent. */
final class EndPoint {
  private final String name;
  private final Set<ControlSession> sessions = ConcurrentHashMap.newKeySet();
  private volatile Duration timeout;

  EndPoint(String name, Duration timeout) {
    this.name = name;
    this.timeout = timeout;
  }

  /** As the operator wrote it. */
  String name() {
    return name;
  }

  /** After how much idle time a session ends; zero: never. */
  Duration timeout() {
    return timeout;
  }

  void timeout(Duration now) {
    timeout = now;
  }

  Set<ControlSession> sessions() {
    return sessions;
  }

  /**
   * Sessions end once they have been answered; this does not wait for them, since one of them may
   * have asked for it.
   */
  void leave(String reason) {
    sessions.forEach(session -> session.leave(reason));
  }
}
