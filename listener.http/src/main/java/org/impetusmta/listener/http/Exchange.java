package org.impetusmta.listener.http;

import java.util.Optional;
import org.impetusmta.api.http.HttpResource;
import org.impetusmta.api.log.LogEvent;
import org.jspecify.annotations.Nullable;

/**
 * A request under way. Immutable.
 *
 * @param micros when it came, microseconds since 1970
 * @param nanos the same on the clock that only goes forward
 * @param sentBefore octets that had been sent to the client by then
 * @param user who the client has shown to be; empty: nobody asked
 * @param resource who answers; null: not found yet
 */
record Exchange(
    Head head,
    long micros,
    long nanos,
    long sentBefore,
    String user,
    @Nullable HttpResource resource) {
  Exchange(Head head, long micros, long nanos, long sentBefore) {
    this(head, micros, nanos, sentBefore, "", null);
  }

  Exchange as(String who) {
    return new Exchange(head, micros, nanos, sentBefore, who, resource);
  }

  Exchange by(HttpResource whose) {
    return new Exchange(head, micros, nanos, sentBefore, user, whose);
  }

  /** The request as its resource sees it. */
  Received request(byte[] body, String remote, String listen) {
    return head.received(
        body, remote, listen, user.isEmpty() ? Optional.empty() : Optional.of(user));
  }

  /** What loggers are told. */
  LogEvent.HttpExchange event(String remote, String listen, int status, long sent) {
    return new LogEvent.HttpExchange(
        micros,
        remote,
        listen,
        head.method(),
        head.path(),
        head.method().equals("-") ? "-" : head.version().text(),
        status,
        sent - sentBefore,
        (System.nanoTime() - nanos) / 1000);
  }
}
