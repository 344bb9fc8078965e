package org.impetusmta.module.ds_ldap;

import java.nio.charset.StandardCharsets;

/** How values have to look where they stand. Stateless. */
final class LdapEscape {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private LdapEscape() {}

  /** In a distinguished name: RFC 4514 section 2.4, more in hexadecimal than it asks for. */
  static String dn(String value) {
    return escape(value, " ._-@");
  }

  /** In a filter: RFC 4515 section 3, more in hexadecimal than it asks for. */
  static String filter(String value) {
    return escape(value, " ._-@,=");
  }

  private static String escape(String value, String asIs) {
    StringBuilder out = new StringBuilder(value.length() + 16);
    for (byte octet : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (octet & 0xff);
      if (isAlphanumeric(c) || (asIs.indexOf(c) >= 0 && !isBlankAtEdge(value, c))) {
        out.append(c);
      } else {
        out.append('\\').append(HEX[c >> 4]).append(HEX[c & 15]);
      }
    }
    return out.toString();
  }

  /** Blanks at the ends of a value are significant in names. */
  private static boolean isBlankAtEdge(String value, char c) {
    return c == ' ' && !value.strip().equals(value);
  }

  /** As a part of a URL, RFC 3986: to be decoded later to what it was. */
  static String percent(String value) {
    StringBuilder out = new StringBuilder(value.length() + 16);
    for (byte octet : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (octet & 0xff);
      if (isAlphanumeric(c) || c == '-' || c == '.' || c == '_') {
        out.append(c);
      } else {
        out.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
      }
    }
    return out.toString();
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /**
   * What a part of a URL means.
   *
   * @throws IllegalArgumentException where a percent sign has no two digits behind it
   */
  static String decoded(String part) {
    if (part.indexOf('%') < 0) {
      return part;
    }
    byte[] in = part.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[in.length];
    int length = 0;
    for (int i = 0; i < in.length; i++) {
      if (in[i] != '%') {
        out[length++] = in[i];
        continue;
      }
      int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
      int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
      if (i + 2 >= in.length || high < 0 || low < 0) {
        throw new IllegalArgumentException("found % in a URL without two hexadecimal digits");
      }
      out[length++] = (byte) (high << 4 | low);
      i += 2;
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }
}
