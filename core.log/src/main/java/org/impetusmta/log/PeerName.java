package org.impetusmta.log;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The other end of a connection as events name it: an IP address, with a port perhaps. Immutable.
 *
 * @param ip without brackets
 * @param port empty where it is not told
 */
public record PeerName(String ip, Optional<String> port) {
  /** {@code 192.0.2.1}, {@code 192.0.2.1:25}, {@code 2001:db8::1}, {@code [2001:db8::1]:25}. */
  private static final Pattern FORM =
      Pattern.compile(
          "(?:(?<v4>\\d{1,3}(?:\\.\\d{1,3}){3})|\\[(?<v6>[0-9A-Fa-f:.]+)\\])(?::(?<port>\\d{1,5}))?"
              + "|(?<bare>[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)");

  /** Reads it; empty where the other end is no host: {@code unknown}, a path. */
  public static Optional<PeerName> of(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    String ip =
        form.group("v4") != null
            ? form.group("v4")
            : form.group("v6") != null ? form.group("v6") : form.group("bare");
    return Optional.of(new PeerName(ip, Optional.ofNullable(form.group("port"))));
  }
}
