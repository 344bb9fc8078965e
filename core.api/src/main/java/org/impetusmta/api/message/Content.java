package org.impetusmta.api.message;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * The content of a body without what the wire form adds to it: the dots that it doubles are single
 * again (RFC 5321 section 4.5.2). Files and programs of this machine want lines ended by LF ({@link
 * #write}), readers of mail have them as they are ({@link #octets}). Stateless.
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

  /** The content of {@code body}, line ends as they are. */
  public static byte[] octets(Body body) {
    byte[] out = new byte[body.length()];
    int at = 0;
    // a dot is doubled where a line begins, and a line begins behind CR LF alone
    int state = 2;
    for (int s = 0; s < body.segments(); s++) {
      byte[] octets = body.segment(s);
      int count = body.segmentLength(s);
      for (int i = 0; i < count; i++) {
        byte octet = octets[i];
        if (state == 2 && octet == '.') {
          state = 0;
          continue;
        }
        out[at++] = octet;
        state = octet == '\r' ? 1 : octet == '\n' && state == 1 ? 2 : 0;
      }
    }
    return at == out.length ? out : Arrays.copyOf(out, at);
  }

  /**
   * The wire form of {@code content}: a dot more where a line begins with one, CR LF at the end
   * where there is none. A CR or LF that stands alone becomes CR LF, so nothing in it can be taken
   * for the end of data.
   */
  public static Body wire(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + content.length / 64 + 2);
    boolean lineBegins = true;
    for (int i = 0; i < content.length; i++) {
      byte octet = content[i];
      if (octet == '\r' || octet == '\n') {
        out.write('\r');
        out.write('\n');
        i += octet == '\r' && i + 1 < content.length && content[i + 1] == '\n' ? 1 : 0;
        lineBegins = true;
      } else {
        if (lineBegins && octet == '.') {
          out.write('.');
        }
        out.write(octet);
        lineBegins = false;
      }
    }
    if (!lineBegins) {
      out.write('\r');
      out.write('\n');
    }
    return Body.of(out.toByteArray());
  }
}
