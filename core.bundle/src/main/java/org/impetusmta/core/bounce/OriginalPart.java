package org.impetusmta.core.bounce;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.james.mime4j.dom.SingleBody;
import org.impetusmta.api.message.Body;

/**
 * The first {@code length} octets of the original in wire form, as the third part of a notification
 * (RFC 6522 section 3). A header alone is copied, so that it does not keep the rest in memory; a
 * whole message is embedded as it lies. Read-only.
 */
final class OriginalPart extends SingleBody {
  private static final byte[] CRLF = {'\r', '\n'};

  private final Body octets;
  private final boolean eightBit;
  private final boolean crlf;

  private OriginalPart(Body octets, boolean eightBit, boolean crlf) {
    this.octets = octets;
    this.eightBit = eightBit;
    this.crlf = crlf;
  }

  static OriginalPart of(Body original, int length) {
    boolean eightBit = false;
    int left = length;
    byte last = 0;
    byte beforeLast = 0;
    boolean whole = length == original.length();
    byte[] copy = new byte[whole ? 0 : length];
    for (int s = 0; s < original.segments() && left > 0; s++) {
      byte[] octets = original.segment(s);
      int count = Math.min(left, original.segmentLength(s));
      for (int i = 0; i < count; i++) {
        eightBit |= octets[i] < 0;
        beforeLast = last;
        last = octets[i];
      }
      if (!whole) {
        System.arraycopy(octets, 0, copy, length - left, count);
      }
      left -= count;
    }
    return new OriginalPart(
        whole ? original : Body.of(copy), eightBit, beforeLast == '\r' && last == '\n');
  }

  /** Whether there are octets above 127. */
  boolean eightBit() {
    return eightBit;
  }

  /** Whether {@code text}, whose first octet occurs in it only once, is in there. */
  boolean contains(byte[] text) {
    int matched = 0;
    for (int s = 0; s < octets.segments(); s++) {
      byte[] segment = octets.segment(s);
      int count = octets.segmentLength(s);
      for (int i = 0; i < count; i++) {
        if (segment[i] == text[matched]) {
          if (++matched == text.length) {
            return true;
          }
        } else {
          matched = segment[i] == text[0] ? 1 : 0;
        }
      }
    }
    return false;
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    if (!(out instanceof WireOutput wire)) {
      throw new IOException("an original in wire form can only be spliced into wire form");
    }
    wire.splice(octets, octets.length());
    if (!crlf) {
      wire.write(CRLF);
    }
  }

  @Override
  public InputStream getInputStream() {
    return new ByteArrayInputStream(octets.toByteArray());
  }
}
