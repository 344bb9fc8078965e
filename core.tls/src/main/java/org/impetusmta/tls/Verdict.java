package org.impetusmta.tls;

import org.impetusmta.api.tls.TlsResult;

/**
 * What is to be said of a peer's certificate. Immutable.
 *
 * @param result SUCCESS: nothing against it
 * @param detail what is wrong with it, without control characters; empty where nothing is
 */
public record Verdict(TlsResult result, String detail) {
  private static final int LONGEST = 200;

  /** Nothing against it. */
  public static final Verdict GOOD = new Verdict(TlsResult.SUCCESS, "");

  /** A verdict whose detail may hold what a peer said. */
  public Verdict {
    detail = printable(detail);
  }

  public boolean good() {
    return result == TlsResult.SUCCESS;
  }

  /** What a peer or a library said, fit for logs: control characters out, not too long. */
  public static String printable(String text) {
    StringBuilder clean = new StringBuilder(Math.min(text.length(), LONGEST));
    text.codePoints()
        .limit(LONGEST)
        .map(
            point ->
                switch (Character.getType(point)) {
                  case Character.CONTROL,
                      Character.FORMAT,
                      Character.LINE_SEPARATOR,
                      Character.PARAGRAPH_SEPARATOR,
                      Character.SURROGATE,
                      Character.UNASSIGNED ->
                      '?';
                  default -> point;
                })
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }
}
