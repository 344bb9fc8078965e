package org.impetusmta.listener.ecstream;

import java.util.regex.Pattern;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;

/** What may be said in a message: addresses and bodies that mean the same to everyone. */
final class Syntax {
  private static final Pattern LOCALPART =
      Pattern.compile(
          "[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,256}|\"([ !#-\\[\\]-~]|\\\\[ -~]){0,254}\"");
  private static final Pattern DOMAIN =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?|\\[[A-Za-z0-9:.]{1,60}\\]");

  private Syntax() {}

  /** RFC 5321 section 4.1.2, with a domain; the null sender is no address here. */
  static boolean isMailbox(Address address) {
    return LOCALPART.matcher(address.localpart()).matches()
        && DOMAIN.matcher(address.domain()).matches();
  }

  /**
   * Whether {@code octets} is in wire form: it ends a line, no CR or LF stands alone, and no line
   * is a single dot, which would end it for the next server.
   */
  static boolean isWireForm(Body octets) {
    byte[] body = octets.segments() == 1 ? octets.segment(0) : octets.toByteArray();
    int length = octets.length();
    int begin = 0;
    for (int i = 0; i < length; i++) {
      byte octet = body[i];
      if (octet == '\r') {
        if (i + 1 == length || body[i + 1] != '\n') {
          return false;
        }
        if (i - begin == 1 && body[begin] == '.') {
          return false;
        }
        i++;
        begin = i + 1;
      } else if (octet == '\n') {
        return false;
      }
    }
    return begin == length;
  }
}
