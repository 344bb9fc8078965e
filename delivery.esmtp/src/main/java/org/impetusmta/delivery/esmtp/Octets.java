package org.impetusmta.delivery.esmtp;

import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.BodyRegion;

/**
 * A body's octets by their place, for reading from front to back with a look ahead now and then. A
 * body that stayed in its file is read through a window of {@value #WINDOW} octets and does not
 * come onto the heap. Thread-safety: single.
 */
final class Octets {
  private static final int WINDOW = 64 * 1024;

  private final Body body;
  private final BodyRegion region;
  private final boolean inFile;
  private byte[] window = new byte[0];
  private int segment;
  private int from;
  private int to;

  @SuppressWarnings("NullAway") // region is only used where there is one
  Octets(Body body) {
    this.body = body;
    this.region = body.region().orElse(null);
    this.inFile = region != null;
  }

  int length() {
    return body.length();
  }

  /** The octet at {@code place}, which must be within the body. */
  byte at(int place) {
    if (place < from || place >= to) {
      seek(place);
    }
    return window[place - from];
  }

  private void seek(int place) {
    if (inFile) {
      if (window.length == 0) {
        window = new byte[Math.min(WINDOW, body.length())];
      }
      from = place - place % WINDOW;
      to = Math.min(body.length(), from + window.length);
      region.copy(from, window, to - from);
      return;
    }
    if (place < from) {
      segment = 0;
      from = 0;
      to = 0;
    }
    while (place >= to) {
      window = body.segment(segment);
      from = to;
      to += body.segmentLength(segment++);
    }
  }

  /** Whether an octet has its 8th bit set. */
  static boolean eightBit(Body body) {
    Octets octets = new Octets(body);
    int place = 0;
    while (place < octets.length()) {
      octets.at(place);
      for (int i = place - octets.from; i < octets.to - octets.from; i++) {
        if (octets.window[i] < 0) {
          return true;
        }
      }
      place = octets.to;
    }
    return false;
  }

  /** The dots that wire form has put in front of lines (RFC 5321 section 4.5.2). */
  static int stuffedDots(Body body) {
    Octets octets = new Octets(body);
    int dots = 0;
    int place = 0;
    byte before = '\n';
    while (place < octets.length()) {
      octets.at(place);
      for (int i = place - octets.from; i < octets.to - octets.from; i++) {
        byte octet = octets.window[i];
        if (octet == '.' && before == '\n') {
          dots++;
        }
        before = octet;
      }
      place = octets.to;
    }
    return dots;
  }
}
