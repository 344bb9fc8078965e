package org.impetusmta.api.message;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Text as parameters of SMTP commands carry it (RFC 3461 section 4, xtext): what is not printable,
 * and {@code +} and {@code =}, as {@code +XX}. Octets are UTF-8. Stateless.
 */
public final class Xtext {
  private Xtext() {}

  /** The text in xtext. */
  public static String encode(String text) {
    StringBuilder out = new StringBuilder(text.length() + 8);
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (octet > ' ' && octet <= '~' && octet != '+' && octet != '=') {
        out.append((char) octet);
      } else {
        out.append('+').append(HexFormat.of().withUpperCase().toHexDigits(octet));
      }
    }
    return out.toString();
  }

  /** What {@code xtext} says; empty where it is none, or says control characters or no UTF-8. */
  public static Optional<String> decode(String xtext) {
    ByteBuffer out = ByteBuffer.allocate(xtext.length());
    for (int i = 0; i < xtext.length(); i++) {
      char c = xtext.charAt(i);
      if (c == '+') {
        if (i + 2 >= xtext.length() || !isHex(xtext.charAt(i + 1)) || !isHex(xtext.charAt(i + 2))) {
          return Optional.empty();
        }
        out.put((byte) Integer.parseInt(xtext, i + 1, i + 3, 16));
        i += 2;
      } else if (c <= ' ' || c > '~' || c == '=') {
        return Optional.empty();
      } else {
        out.put((byte) c);
      }
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
      return text.chars().anyMatch(Xtext::ends) ? Optional.empty() : Optional.of(text);
    } catch (CharacterCodingException noUtf8) {
      return Optional.empty();
    }
  }

  private static boolean isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
  }

  /** Control characters, and what ends a line or paragraph. */
  private static boolean ends(int c) {
    return Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
  }
}
