package org.impetusmta.delivery.esmtp;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The service extensions that a server offered in its answer to EHLO or LHLO (RFC 5321 section
 * 4.1.1.1) and that this client uses. Immutable.
 *
 * @param pipelining RFC 2920
 * @param size RFC 1870
 * @param sizeLimit most octets of a message; 0: it does not say
 * @param eightBitMime RFC 6152
 * @param chunking RFC 3030
 * @param smtpUtf8 RFC 6531
 * @param dsn RFC 3461
 * @param startTls RFC 3207
 * @param auth mechanisms in upper case (RFC 4954)
 * @param xclient attributes in upper case (Postfix XCLIENT_README)
 * @param others keywords in upper case that have no component of their own, REQUIRETLS among them
 */
record Extensions(
    boolean pipelining,
    boolean size,
    long sizeLimit,
    boolean eightBitMime,
    boolean chunking,
    boolean smtpUtf8,
    boolean dsn,
    boolean startTls,
    List<String> auth,
    List<String> xclient,
    List<String> others) {
  /** What a server that knows HELO only offers. */
  static final Extensions NONE =
      new Extensions(
          false, false, 0, false, false, false, false, false, List.of(), List.of(), List.of());

  private static final int MAX_OTHERS = 64;

  /** Whether it offers XCLIENT. */
  boolean offersXclient() {
    return !xclient.isEmpty();
  }

  /** Whether it offers an extension that has no component of its own. */
  boolean offers(String keyword) {
    return others.contains(keyword);
  }

  /**
   * Reads {@code length} octets of {@code text}: the greeting on the first line, then a keyword
   * with parameters on each. Unknown, empty and 8-bit lines are passed over.
   */
  static Extensions parse(byte[] text, int length) {
    Reading reading = new Reading();
    int from = nextLine(text, length, 0);
    while (from < length) {
      int next = nextLine(text, length, from);
      reading.line(new String(text, from, next - 1 - from, StandardCharsets.ISO_8859_1));
      from = next;
    }
    return reading.done();
  }

  private static int nextLine(byte[] text, int length, int from) {
    int at = from;
    while (at < length && text[at] != '\n') {
      at++;
    }
    return at + 1;
  }

  /** The lines read so far. */
  private static final class Reading {
    private boolean pipelining;
    private boolean size;
    private long sizeLimit;
    private boolean eightBitMime;
    private boolean chunking;
    private boolean smtpUtf8;
    private boolean dsn;
    private boolean startTls;
    private List<String> auth = List.of();
    private List<String> xclient = List.of();
    private final List<String> others = new java.util.ArrayList<>(0);

    /** Some servers write {@code SIZE=1000} and {@code AUTH=LOGIN}. */
    void line(String line) {
      List<String> words = List.of(line.toUpperCase(Locale.ROOT).strip().split("[ =\t]+", 40));
      List<String> parameters = words.subList(1, words.size());
      switch (words.getFirst()) {
        case "PIPELINING" -> pipelining = true;
        case "SIZE" -> {
          size = true;
          sizeLimit = parameters.isEmpty() ? 0 : number(parameters.getFirst());
        }
        case "8BITMIME" -> eightBitMime = true;
        case "CHUNKING" -> chunking = true;
        case "SMTPUTF8" -> smtpUtf8 = true;
        case "DSN" -> dsn = true;
        case "STARTTLS" -> startTls = true;
        case "AUTH" -> auth = auth.isEmpty() ? parameters : auth;
        case "XCLIENT" -> xclient = parameters.isEmpty() ? List.of("ADDR", "NAME") : parameters;
        default -> {
          if (others.size() < MAX_OTHERS) {
            others.add(words.getFirst());
          }
        }
      }
    }

    private static long number(String digits) {
      return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : 0;
    }

    Extensions done() {
      return new Extensions(
          pipelining,
          size,
          sizeLimit,
          eightBitMime,
          chunking,
          smtpUtf8,
          dsn,
          startTls,
          auth,
          xclient,
          List.copyOf(others));
    }
  }
}
