package org.impetusmta.api.ecstream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.impetusmta.api.message.Address;

/**
 * The addresses of a message's frame, in order. Those with one domain share its text, as the mail
 * of a list often has. Single.
 */
final class AddressReader {
  private final byte[] octets;
  private int at;
  private int domainFrom;
  private int domainTo;
  private String domain = "";

  /**
   * @param octets each address behind its length of two octets, which fits
   */
  AddressReader(byte[] octets) {
    this.octets = octets;
  }

  void skip(int count) {
    at += count;
  }

  Address next() {
    int from = at + 2;
    int to = from + (((octets[at] & 0xFF) << 8) | (octets[at + 1] & 0xFF));
    at = to;
    int sign = to - 1;
    while (sign >= from && octets[sign] != '@') {
      sign--;
    }
    if (from == to) {
      return Address.NULL;
    }
    return sign < from || sign == to - 1 // no domain behind it either
        ? new Address(text(from, to), "")
        : new Address(text(from, sign), domain(sign + 1, to));
  }

  private String domain(int from, int to) {
    if (!Arrays.equals(octets, from, to, octets, domainFrom, domainTo)) {
      domain = text(from, to);
      domainFrom = from;
      domainTo = to;
    }
    return domain;
  }

  private String text(int from, int to) {
    return new String(octets, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
