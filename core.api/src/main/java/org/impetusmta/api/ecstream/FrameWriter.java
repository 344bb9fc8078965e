package org.impetusmta.api.ecstream;

import java.util.Arrays;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;

/** Octets of a frame that is being written. Single. */
final class FrameWriter {
  private byte[] octets;
  private int count;

  FrameWriter(int expected) {
    octets = new byte[expected];
  }

  private void room(int more) {
    if (count + more > octets.length) {
      octets = Arrays.copyOf(octets, Math.max(count + more, 2 * octets.length));
    }
  }

  FrameWriter octet(int value) {
    room(1);
    octets[count++] = (byte) value;
    return this;
  }

  FrameWriter two(int value) {
    room(2);
    octets[count++] = (byte) (value >>> 8);
    octets[count++] = (byte) value;
    return this;
  }

  FrameWriter four(int value) {
    two(value >>> 16);
    return two(value);
  }

  /** A length of two octets, and the text cut to {@code most}. */
  FrameWriter text(String text, int most) {
    int length = Math.min(text.length(), most);
    two(length);
    latin(text, length);
    return this;
  }

  /** The address as it is said, without being put together as a text first. */
  FrameWriter address(Address address, int most) {
    String localpart = address.localpart();
    String domain = address.domain();
    int all = localpart.length() + (domain.isEmpty() ? 0 : domain.length() + 1);
    if (all > most) {
      return text(address.toString(), most);
    }
    two(all);
    latin(localpart, localpart.length());
    if (!domain.isEmpty()) {
      octet('@');
      latin(domain, domain.length());
    }
    return this;
  }

  FrameWriter reply(Reply reply, int longestText) {
    two(reply.code());
    text(reply.enhanced(), 16);
    return text(reply.text(), longestText);
  }

  /** One octet for each character; what ISO 8859-1 does not have becomes a question mark. */
  private void latin(String text, int length) {
    room(length);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      octets[count++] = c <= 0xFF ? (byte) c : (byte) '?';
    }
  }

  /**
   * The frame, its length in front.
   *
   * @param more octets that follow it and belong to it
   */
  byte[] frame(int more) {
    int length = Math.addExact(count - 4, more);
    octets[0] = (byte) (length >>> 24);
    octets[1] = (byte) (length >>> 16);
    octets[2] = (byte) (length >>> 8);
    octets[3] = (byte) length;
    return count == octets.length ? octets : Arrays.copyOf(octets, count);
  }
}
