package org.impetusmta.api.message;

import java.io.IOException;
import java.io.OutputStream;

/**
 * The content of a body as files and programs of this machine want it: lines ended by LF, the dots
 * that the wire form doubles single again (RFC 5321 section 4.5.2).
 */
public final class Content {
  private Content() {}

  /** Writes the content of {@code body}. The stream is written to in small pieces: buffer it. */
  public static void write(Body body, OutputStream out) throws IOException {
    boolean lineBegins = true;
    boolean cr = false;
    for (int i = 0; i < body.segments(); i++) {
      byte[] octets = body.segment(i);
      int length = body.segmentLength(i);
      for (int j = 0; j < length; j++) {
        byte octet = octets[j];
        if (cr) {
          cr = false;
          if (octet != '\n') {
            out.write('\r');
          }
        }
        if (octet == '\r') {
          cr = true;
          lineBegins = false;
        } else if (lineBegins && octet == '.') {
          lineBegins = false;
        } else {
          out.write(octet);
          lineBegins = octet == '\n';
        }
      }
    }
    if (cr) {
      out.write('\r');
    }
  }
}
