package org.impetusmta.listener.http;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * The body of the request under way, as far as it has come. Its octets count among those of all
 * requests until {@link #forget}. Single: the connection's event loop.
 */
final class Collected {
  private final HttpListener listener;
  private ByteArrayOutputStream body = new ByteArrayOutputStream(0);
  private long taken;
  private int progress;

  Collected(HttpListener listener) {
    this.listener = listener;
  }

  /**
   * Takes more.
   *
   * @param largest octets that the body may have
   * @return the status that it is refused with; 0: taken
   */
  int add(ByteBuf some, long largest) {
    int octets = some.readableBytes();
    if (body.size() + (long) octets > largest) {
      return 413;
    }
    if (!listener.take(octets)) {
      return 503;
    }
    taken += octets;
    progress += octets;
    try {
      some.readBytes(body, octets);
    } catch (IOException e) {
      throw new IllegalStateException("memory takes octets", e);
    }
    return 0;
  }

  /** Whether enough came since it was asked last. */
  boolean progressed() {
    boolean enough = progress >= Limits.PROGRESS;
    if (enough) {
      progress = 0;
    }
    return enough;
  }

  /** Hands the octets over; they still count. */
  byte[] whole() {
    byte[] octets = body.toByteArray();
    body = new ByteArrayOutputStream(0);
    return octets;
  }

  /** The request is answered. */
  void forget() {
    listener.give(taken);
    taken = 0;
    progress = 0;
    body = new ByteArrayOutputStream(0);
  }
}
