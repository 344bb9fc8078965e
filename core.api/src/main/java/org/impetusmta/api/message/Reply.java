package org.impetusmta.api.message;

import java.util.Optional;

/**
 * An SMTP reply (RFC 5321 section 4.2) with its enhanced status code (RFC 3463), ours or a peer's.
 *
 * @param code three digits, 200 to 599
 * @param enhanced {@code class.subject.detail}, empty where there is none
 * @param text one line or several separated by LF, without code or enhanced code; never contains CR
 */
public record Reply(int code, String enhanced, String text) {
  public Reply {
    if (code < 200 || code > 599) {
      throw new IllegalArgumentException("not a reply code: " + code);
    }
    if (text.indexOf('\r') >= 0) {
      text = text.replace("\r", "");
    }
  }

  /**
   * Reads {@code "451 4.4.1 text"} or {@code "451 text"}; text that starts with no code becomes a
   * 451 reply.
   */
  public static Reply parse(String line) {
    if (line.length() >= 3
        && line.charAt(0) >= '2'
        && line.charAt(0) <= '5'
        && Character.isDigit(line.charAt(1))
        && Character.isDigit(line.charAt(2))
        && (line.length() == 3 || line.charAt(3) == ' ' || line.charAt(3) == '-')) {
      int code = Integer.parseInt(line, 0, 3, 10);
      String rest = line.length() > 4 ? line.substring(4) : "";
      String enhanced = enhancedCode(rest, code).orElse("");
      String text =
          enhanced.isEmpty()
              ? rest
              : rest.substring(Math.min(rest.length(), enhanced.length() + 1));
      return new Reply(code, enhanced, text);
    }
    return new Reply(451, "", line);
  }

  private static Optional<String> enhancedCode(String text, int code) {
    int end = text.indexOf(' ');
    String word = end < 0 ? text : text.substring(0, end);
    boolean fits =
        word.length() >= 5
            && word.length() <= 9
            && word.charAt(0) == '0' + code / 100
            && word.matches("[245]\\.\\d{1,3}\\.\\d{1,3}");
    return fits ? Optional.of(word) : Optional.empty();
  }

  /** 2xx. */
  public boolean isPositive() {
    return code / 100 == 2;
  }

  /** 4xx. */
  public boolean isTransient() {
    return code / 100 == 4;
  }

  /** 5xx. */
  public boolean isPermanent() {
    return code / 100 == 5;
  }

  /** {@code 451 4.4.1 text}; several lines stay separated by LF. */
  @Override
  public String toString() {
    return enhanced.isEmpty() ? code + " " + text : code + " " + enhanced + " " + text;
  }
}
