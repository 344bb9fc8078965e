package org.impetusmta.core.message;

import org.impetusmta.api.message.Address;
import org.jspecify.annotations.Nullable;

/**
 * Sender and recipient of a message, as objects while it is being handled and as one array of
 * octets while it waits: three lengths (sender's local part, sender's domain, recipient's local
 * part), then the four texts, Latin-1. Two addresses of usual length take 64 octets so, not 200.
 * Immutable; the array is never changed after it was made.
 */
record Parties(Address sender, Address recipient) {
  private static final int HEAD = 3;
  private static final int LONGEST = 255;

  /** The octets; null where a text is too long or not Latin-1, and the objects are kept. */
  byte @Nullable [] packed() {
    String[] texts = {
      sender.localpart(), sender.domain(), recipient.localpart(), recipient.domain()
    };
    int length = HEAD;
    for (int i = 0; i < texts.length; i++) {
      if (i < HEAD && texts[i].length() > LONGEST) {
        return null;
      }
      length += texts[i].length();
    }
    byte[] packed = new byte[length];
    int at = HEAD;
    for (int i = 0; i < texts.length; i++) {
      String text = texts[i];
      if (i < HEAD) {
        packed[i] = (byte) text.length();
      }
      for (int j = 0; j < text.length(); j++) {
        char c = text.charAt(j);
        if (c > LONGEST) {
          return null;
        }
        packed[at++] = (byte) c;
      }
    }
    return packed;
  }

  static Parties of(byte[] packed) {
    return new Parties(sender(packed), recipient(packed));
  }

  static Address sender(byte[] packed) {
    int local = packed[0] & LONGEST;
    int domain = packed[1] & LONGEST;
    return local + domain == 0
        ? Address.NULL
        : new Address(text(packed, HEAD, local), text(packed, HEAD + local, domain));
  }

  static Address recipient(byte[] packed) {
    int from = HEAD + (packed[0] & LONGEST) + (packed[1] & LONGEST);
    int local = packed[2] & LONGEST;
    return new Address(
        text(packed, from, local), text(packed, from + local, packed.length - from - local));
  }

  @SuppressWarnings("deprecation") // the constructor for Latin-1 without a look at the charset
  private static String text(byte[] octets, int from, int length) {
    return new String(octets, 0, from, length);
  }
}
