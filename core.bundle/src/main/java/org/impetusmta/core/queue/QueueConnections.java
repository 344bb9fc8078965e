package org.impetusmta.core.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.core.route.Host;
import org.jspecify.annotations.Nullable;

/**
 * The connections that a queue has: being opened, at work, idle. Thread-safety: single, confined to
 * the loop of the queue; {@link #count} may be read by any thread.
 */
final class QueueConnections {
  private final QueueLoop home;
  private final List<OutboundConnection> all = new ArrayList<>(1);
  private final ArrayDeque<OutboundConnection> idle = new ArrayDeque<>(1);
  private volatile int count;
  private int pending;
  private int woken;

  QueueConnections(QueueLoop home) {
    this.home = home;
  }

  /** All of them; not to be changed. */
  List<OutboundConnection> all() {
    return all;
  }

  /** How many they are. */
  int count() {
    return count;
  }

  boolean none() {
    return all.isEmpty();
  }

  /** Those that are being opened. */
  int pending() {
    return pending;
  }

  /** Those that are open. */
  int established() {
    return all.size() - pending;
  }

  /** How many of them lead to {@code host}. */
  int to(Host host) {
    int load = 0;
    for (OutboundConnection connection : all) {
      if (connection.hostRecord() == host) {
        load++;
      }
    }
    return load;
  }

  /** One is being opened. */
  void opening(OutboundConnection connection) {
    pending++;
    add(connection);
  }

  /** One that was being opened is open, or could not be. */
  void settled() {
    pending--;
  }

  /** One is the queue's from here on. */
  void add(OutboundConnection connection) {
    all.add(connection);
    count = all.size();
  }

  /** One has ended or belongs to another queue. */
  void remove(OutboundConnection connection) {
    all.remove(connection);
    count = all.size();
  }

  // those that wait for mail

  boolean noneIdle() {
    return idle.isEmpty();
  }

  int idle() {
    return idle.size();
  }

  boolean isIdle(OutboundConnection connection) {
    return idle.contains(connection);
  }

  void idle(OutboundConnection connection) {
    idle.addLast(connection);
    home.idle(connection);
  }

  void notIdle(OutboundConnection connection) {
    idle.remove(connection);
    home.notIdle(connection);
  }

  /** Wakes the one that has been idle for the shortest time, if there is one. */
  void wakeLast() {
    OutboundConnection connection = idle.pollLast();
    if (connection != null) {
      home.notIdle(connection);
      connection.wake();
    }
  }

  /** Those that were woken and have not asked for mail yet. */
  int woken() {
    return woken;
  }

  void woken(int change) {
    woken += change;
  }

  void quitIdle() {
    List.copyOf(idle).forEach(OutboundConnection::quit);
  }

  /** Ends every connection, or those of one method. */
  void quit(@Nullable DeliveryMethod method) {
    for (OutboundConnection connection : List.copyOf(all)) {
      if (method == null || connection.method() == method) {
        connection.quit();
      }
    }
  }
}
