package org.impetusmta.core.bounce;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.message.Body;

/**
 * Collects a body in wire form: what is written is dot-stuffed (RFC 5321 section 4.5.2), what is
 * spliced in from another body is so already and is not copied. Lines end with CRLF as they come.
 * Single.
 */
final class WireOutput extends OutputStream {
  private final List<byte[]> segments = new ArrayList<>();
  private final List<Integer> lengths = new ArrayList<>();
  private ByteArrayOutputStream text = new ByteArrayOutputStream(2048);
  private boolean lineStart = true;

  @Override
  public void write(int octet) {
    if (lineStart && octet == '.') {
      text.write('.');
    }
    text.write(octet);
    lineStart = octet == '\n';
  }

  @Override
  public void write(byte[] octets, int offset, int length) {
    int from = offset;
    int end = offset + length;
    for (int i = offset; i < end; i++) {
      if (lineStart && octets[i] == '.') {
        text.write(octets, from, i - from);
        text.write('.');
        from = i;
      }
      lineStart = octets[i] == '\n';
    }
    text.write(octets, from, end - from);
  }

  /** Lets the first {@code length} octets of {@code body} follow, whole lines in wire form. */
  void splice(Body body, int length) {
    flushText();
    int left = length;
    for (int s = 0; s < body.segments() && left > 0; s++) {
      int count = Math.min(left, body.segmentLength(s));
      segments.add(body.segment(s));
      lengths.add(count);
      left -= count;
    }
    lineStart = true;
  }

  private void flushText() {
    if (text.size() > 0) {
      byte[] octets = text.toByteArray();
      segments.add(octets);
      lengths.add(octets.length);
      text = new ByteArrayOutputStream(256);
    }
  }

  Body body() {
    flushText();
    return Body.of(
        segments.toArray(new byte[0][]), lengths.stream().mapToInt(Integer::intValue).toArray());
  }
}
