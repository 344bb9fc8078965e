package org.impetusmta.client.ecstream;

import java.util.Arrays;
import org.impetusmta.api.message.Body;

/**
 * Makes the wire form of a message (RFC 5321 section 4.5.2): lines ended by CRLF, a dot at the
 * begin of a line doubled, no final dot. Stateless.
 */
public final class WireForm {
  private WireForm() {}

  /**
   * The wire form of a message whose lines end with CRLF, LF or CR; a last line without an end gets
   * one.
   */
  public static Body of(byte[] message) {
    byte[] wire = new byte[message.length + message.length / 32 + 16];
    int count = 0;
    boolean begin = true;
    for (int i = 0; i < message.length; i++) {
      byte octet = message[i];
      if (count + 4 > wire.length) {
        wire = Arrays.copyOf(wire, 2 * wire.length);
      }
      if (octet == '\r' || octet == '\n') {
        if (octet == '\r' && i + 1 < message.length && message[i + 1] == '\n') {
          i++;
        }
        wire[count++] = '\r';
        wire[count++] = '\n';
        begin = true;
        continue;
      }
      if (octet == '.' && begin) {
        wire[count++] = '.';
      }
      wire[count++] = octet;
      begin = false;
    }
    if (!begin) {
      if (count + 2 > wire.length) {
        wire = Arrays.copyOf(wire, count + 2);
      }
      wire[count++] = '\r';
      wire[count++] = '\n';
    }
    return Body.of(count == wire.length ? wire : Arrays.copyOf(wire, count));
  }
}
