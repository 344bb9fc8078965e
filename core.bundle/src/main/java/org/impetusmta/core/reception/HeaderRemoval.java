package org.impetusmta.core.reception;

import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import org.impetusmta.api.message.Body;

/** Takes header fields out of a body in wire form; the content is neither read nor copied twice. */
final class HeaderRemoval {
  private HeaderRemoval() {}

  /**
   * The body without the fields of that name whose value is {@code unwanted}.
   *
   * @param name case is ignored
   * @param unwanted gets the value as it lies, folded, an octet for each character
   */
  static Body remove(Body body, String name, Predicate<String> unwanted) {
    int headerLength = body.headerLength();
    byte[] header = new byte[headerLength];
    int segment = 0;
    int from = 0;
    for (int at = 0; at < headerLength; ) {
      int some = Math.min(body.segmentLength(segment) - from, headerLength - at);
      System.arraycopy(body.segment(segment), from, header, at, some);
      at += some;
      from += some;
      if (from == body.segmentLength(segment)) {
        segment++;
        from = 0;
      }
    }
    byte[] kept = new byte[headerLength];
    int length = 0;
    for (int at = 0; at < headerLength; ) {
      int end = fieldEnd(header, at);
      int value = valueStart(header, at, end, name);
      boolean drop =
          value >= 0
              && unwanted.test(new String(header, value, end - value, StandardCharsets.ISO_8859_1));
      if (!drop) {
        System.arraycopy(header, at, kept, length, end - at);
        length += end - at;
      }
      at = end;
    }
    return length == headerLength ? body : joined(kept, length, body, segment, from);
  }

  /** The header's octets, then the body from {@code from} of {@code segment} on. */
  private static Body joined(byte[] header, int length, Body body, int segment, int from) {
    int rest = body.segments() - segment;
    byte[][] segments = new byte[1 + rest][];
    int[] lengths = new int[1 + rest];
    segments[0] = header;
    lengths[0] = length;
    for (int i = 0; i < rest; i++) {
      byte[] octets = body.segment(segment + i);
      int count = body.segmentLength(segment + i);
      if (i == 0 && from > 0) {
        byte[] tail = new byte[count - from];
        System.arraycopy(octets, from, tail, 0, tail.length);
        octets = tail;
        count = tail.length;
      }
      segments[i + 1] = octets;
      lengths[i + 1] = count;
    }
    return Body.of(segments, lengths);
  }

  /** Where the field that begins at {@code at} ends, folded lines among it. */
  private static int fieldEnd(byte[] header, int at) {
    int end = at;
    while (end < header.length) {
      if (header[end++] == '\n'
          && (end == header.length || (header[end] != ' ' && header[end] != '\t'))) {
        break;
      }
    }
    return end;
  }

  /** Where the value begins, if the field has that name; -1 otherwise. */
  private static int valueStart(byte[] header, int at, int end, String name) {
    int next = at;
    for (int i = 0; i < name.length(); i++, next++) {
      if (next == end || (header[next] | 0x20) != (name.charAt(i) | 0x20)) {
        return -1;
      }
    }
    while (next < end && (header[next] == ' ' || header[next] == '\t')) {
      next++;
    }
    return next < end && header[next] == ':' ? next + 1 : -1;
  }
}
