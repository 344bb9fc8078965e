package org.impetusmta.core.reception;

import java.util.Locale;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.SenderRequests;

/**
 * The word after {@code with} in a Received header field (RFC 3848; RFC 6531 section 4.3): how the
 * message came, and whether TLS, AUTH and SMTPUTF8 were in use, as the dictionaries say ({@code
 * tls}, {@code auth_status}; {@code smtputf8}).
 */
final class TraceProtocol {
  private static final int TLS = 1;
  private static final int AUTH = 2;
  private static final int UTF8 = 4;
  private static final String[] ESMTP = words("ESMTP", "UTF8SMTP");
  private static final String[] LMTP = words("LMTP", "UTF8LMTP");

  private TraceProtocol() {}

  private static String[] words(String plain, String utf8) {
    String[] words = new String[8];
    for (int i = 0; i < words.length; i++) {
      words[i] =
          ((i & UTF8) == 0 ? plain : utf8)
              + ((i & TLS) == 0 ? "" : "S")
              + ((i & AUTH) == 0 ? "" : "A");
    }
    return words;
  }

  /**
   * The word.
   *
   * @param protocol {@code esmtp}, {@code ecstream}, …
   * @param verb the letter that the client's greeting began with, in lower case: that of HELO, EHLO
   *     or LHLO
   */
  static String word(String protocol, char verb, Context connection, Context message) {
    int index = message.get(SenderRequests.SMTPUTF8).isPresent() ? UTF8 : 0;
    index |= is(connection, "tls", "on") ? TLS : 0;
    index |= is(connection, "auth_status", "pass") ? AUTH : 0;
    if (!protocol.equals("esmtp")) {
      return protocol.toUpperCase(Locale.ROOT) + ((index & TLS) == 0 ? "" : "S");
    }
    return switch (verb) {
      case 'h' -> (index & UTF8) == 0 ? "SMTP" : "UTF8SMTP";
      case 'l' -> LMTP[index];
      default -> ESMTP[index];
    };
  }

  /**
   * {@code word} where it is one.
   *
   * @throws IllegalArgumentException where it is none
   */
  static String checked(String word) {
    boolean valid = !word.isEmpty();
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      valid &=
          (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    if (!valid) {
      throw new IllegalArgumentException("no word for a Received header field");
    }
    return word;
  }

  private static boolean is(Context connection, String key, String value) {
    return connection.get(key).filter(value::equals).isPresent();
  }
}
