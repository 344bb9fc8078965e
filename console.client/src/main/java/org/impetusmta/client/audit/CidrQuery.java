package org.impetusmta.client.audit;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.config.Cidr;

/**
 * What somebody wants to know of series. Immutable. Source: cluster.cidr_server, table 39.1.
 *
 * @param union whether counts of all series are summed
 * @param from the earliest stamp
 * @param to what stamps are before
 * @param shortest length of the blocks that are shown
 * @param longest the same; all lengths from the shortest on are shown
 * @param limit lines at most
 * @param threshold the least count that is shown
 */
record CidrQuery(
    Cidr cidr,
    List<String> series,
    boolean union,
    LocalDateTime from,
    LocalDateTime to,
    int shortest,
    int longest,
    boolean byCount,
    Aggregate aggregate,
    long limit,
    long threshold) {
  /** What is summed. */
  enum Aggregate {
    NOTHING,
    ALL,
    DAILY
  }

  /**
   * Reads {@code show count for …}.
   *
   * @throws IllegalArgumentException that says what was expected
   */
  static CidrQuery parse(String text) {
    return new Parser(text).parse();
  }

  /** Goes through the words. Single. */
  private static final class Parser {
    private final List<String> words;
    private int at;

    private final List<String> series = new ArrayList<>();
    private boolean union;
    private LocalDateTime from = LocalDateTime.of(1970, 1, 1, 0, 0);
    private LocalDateTime to = LocalDateTime.of(9999, 12, 31, 0, 0);
    private int shortest = -1;
    private int longest = -1;
    private boolean byCount;
    private Aggregate aggregate = Aggregate.NOTHING;
    private long limit = Long.MAX_VALUE;
    private long threshold = Long.MIN_VALUE;

    Parser(String text) {
      words = List.of(text.strip().replaceAll("[(),]", " $0 ").replaceAll(";$", "").split("\\s+"));
    }

    CidrQuery parse() {
      expect("show");
      expect("count");
      expect("for");
      Cidr cidr = Cidr.parse(next("an address or block"));
      expect("in");
      seriesNames();
      while (at < words.size()) {
        parameter();
      }
      int bits = cidr.ipv6() ? 128 : 32;
      if (shortest > bits || longest > bits || (shortest >= 0 && longest < shortest)) {
        throw new IllegalArgumentException("expected cidrsize 0 to " + bits);
      }
      return new CidrQuery(
          cidr,
          List.copyOf(series),
          union,
          from,
          to,
          shortest < 0 ? bits : shortest,
          longest < 0 ? bits : longest,
          byCount,
          aggregate,
          limit,
          threshold);
    }

    private void seriesNames() {
      union = accept("union");
      if (union) {
        expect("(");
      }
      do {
        series.add(next("a series"));
      } while (accept(","));
      if (union) {
        expect(")");
      }
    }

    private void parameter() {
      String word = next("a parameter").toLowerCase(Locale.ROOT);
      switch (word) {
        case "from" -> {
          from = date(next("a date"), false);
          expect("to");
          to = date(next("a date"), true);
        }
        case "since" -> from = date(next("a date"), false);
        case "on" -> {
          String day = next("a date");
          from = date(day, false);
          to = from.toLocalDate().plusDays(1).atStartOfDay();
        }
        case "cidrsize" -> {
          shortest = number("a length");
          longest = accept("to") ? number("a length") : shortest;
        }
        case "order" -> {
          expect("by");
          byCount = accept("count");
          if (!byCount) {
            expect("cidr");
          }
        }
        case "aggregate" -> aggregate = accept("daily") ? Aggregate.DAILY : Aggregate.ALL;
        case "limit" -> limit = number("a number");
        case "threshold" -> threshold = number("a number");
        default -> throw new IllegalArgumentException("unknown word \"" + word + "\"");
      }
    }

    /** ISO 8601, with or without separators; a day alone ends with it. */
    private static LocalDateTime date(String word, boolean end) {
      String plain = word.replaceAll("[-:]", "").toUpperCase(Locale.ROOT);
      try {
        if (plain.length() == 8) {
          LocalDate day = LocalDate.parse(plain, DateTimeFormatter.BASIC_ISO_DATE);
          return (end ? day.plusDays(1) : day).atStartOfDay();
        }
        String whole = plain.length() == 13 ? plain + "00" : plain;
        return LocalDateTime.parse(whole, DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss"));
      } catch (DateTimeParseException e) {
        throw new IllegalArgumentException(
            "\"" + word + "\" is no date, expected 20080423 or 20080423T120000", e);
      }
    }

    private String next(String what) {
      if (at >= words.size()) {
        throw new IllegalArgumentException("expected " + what);
      }
      return words.get(at++);
    }

    private int number(String what) {
      String word = next(what);
      if (!word.matches("\\d{1,9}")) {
        throw new IllegalArgumentException("expected " + what + ", not " + word);
      }
      return Integer.parseInt(word);
    }

    private boolean accept(String word) {
      boolean found = at < words.size() && words.get(at).equalsIgnoreCase(word);
      at += found ? 1 : 0;
      return found;
    }

    private void expect(String word) {
      if (!accept(word)) {
        throw new IllegalArgumentException(
            "expected \"" + word + "\"" + (at < words.size() ? ", not " + words.get(at) : ""));
      }
    }
  }
}
