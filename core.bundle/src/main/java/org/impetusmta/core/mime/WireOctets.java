package org.impetusmta.core.mime;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.impetusmta.api.message.Body;

/** The octets of a body by their offsets, as they lie: nothing is copied in one piece. Single. */
final class WireOctets {
  private final Body body;

  /** Where segment i begins; at the end the length of all. */
  private final int[] starts;

  // the segment that was looked at last
  private byte[] octets = new byte[0];
  private int from;
  private int to;

  WireOctets(Body body) {
    this.body = body;
    this.starts = new int[body.segments() + 1];
    for (int i = 0; i < body.segments(); i++) {
      starts[i + 1] = starts[i] + body.segmentLength(i);
    }
  }

  WireOctets(byte[] whole) {
    this(Body.of(whole));
  }

  int length() {
    return starts[starts.length - 1];
  }

  byte at(int offset) {
    if (offset < from || offset >= to) {
      turnTo(offset);
    }
    return octets[offset - from];
  }

  private void turnTo(int offset) {
    int found = Arrays.binarySearch(starts, offset);
    int i = found < 0 ? -found - 2 : found;
    while (starts[i + 1] <= offset) {
      i++; // of segments that begin here all but the last are empty
    }
    octets = body.segment(i);
    from = starts[i];
    to = starts[i + 1];
  }

  /** Behind the line end that follows {@code start}; {@code end} where there is none before. */
  int lineEnd(int start, int end) {
    int at = start;
    while (at < end) {
      if (at < from || at >= to) {
        turnTo(at);
      }
      int last = Math.min(end, to);
      while (at < last) {
        if (octets[at++ - from] == '\n') {
          return at;
        }
      }
    }
    return end;
  }

  /** A copy of {@code [start, end)}. */
  byte[] copy(int start, int end) {
    byte[] copied = new byte[end - start];
    for (int at = start; at < end; ) {
      at(at);
      int some = Math.min(end, to) - at;
      System.arraycopy(octets, at - from, copied, at - start, some);
      at += some;
    }
    return copied;
  }

  /** Writes {@code [start, end)}. */
  void write(ByteArrayOutputStream out, int start, int end) {
    for (int at = start; at < end; ) {
      at(at);
      int some = Math.min(end, to) - at;
      out.write(octets, at - from, some);
      at += some;
    }
  }
}
