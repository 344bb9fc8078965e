package org.impetusmta.listener.http;

import java.time.Duration;

/** What a client is allowed, whatever the configuration says. */
final class Limits {
  /** Octets of a request line. */
  static final int LINE = 8 << 10;

  /** Octets of a head, or of trailers, without the request line. */
  static final int HEAD = 32 << 10;

  /** Octets of the bodies of all requests that are in memory: an eighth of the heap. */
  static final long BODIES = Math.min(Runtime.getRuntime().maxMemory() / 8, 1 << 30);

  /** Parameters of a query. */
  static final int PARAMETERS = 1000;

  /** Connections of all sockets of the listener. */
  static final int CONNECTIONS = 2000;

  /** Requests that wait for a thread; those beyond get 503. */
  static final int WAITING = 1000;

  /** Octets of a body, in either direction, within {@code idle_time}. */
  static final int PROGRESS = 16 << 10;

  /** How long a handshake may take. */
  static final Duration HANDSHAKE = Duration.ofSeconds(60);

  /** How long what a refused client still sends is read, lest a reset overtake the answer. */
  static final Duration LINGER = Duration.ofSeconds(2);

  private Limits() {}
}
