package org.impetusmta.listener.http;

import java.util.Locale;
import org.impetusmta.api.log.LogEvent;

/**
 * A request as {@code log_requests_to_paniclog} has it, behind time and source: {@code
 * 192.168.0.197:51216 "POST /v1.0/inject/ HTTP/1.1" 200 224 5.000}. Stateless. Source:
 * rest-http-listener.
 */
final class RequestLine {
  private RequestLine() {}

  static String of(LogEvent.HttpExchange event) {
    return String.format(
        Locale.ROOT,
        "%s \"%s %s %s\" %d %d %.3f",
        event.remote(),
        visible(event.method()),
        visible(event.path()),
        visible(event.version()),
        event.status(),
        event.bytes(),
        event.micros() / 1000.0);
  }

  /** What a client wrote, so that it ends neither the quotes nor the line. */
  private static String visible(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > ' ' && c < 0x7f && c != '"' && c != '\\') {
        safe.append(c);
      } else {
        safe.append(String.format(Locale.ROOT, c < 256 ? "\\x%02X" : "\\u%04X", (int) c));
      }
    }
    return safe.toString();
  }
}
