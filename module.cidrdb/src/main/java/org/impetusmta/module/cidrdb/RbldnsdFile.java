package org.impetusmta.module.cidrdb;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.config.Cidr;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a zone file of rbldnsd: the datasets ip4set, ip4tset, ip4trie, ip6tset, ip6trie, of
 * combined ones those and the addresses of generic. A line is a block, {@code !} in front of it to
 * exclude it, and what it is worth: {@code :A:text}, {@code text}, or nothing, which is what the
 * last line of {@code :A:text} alone said. Behind an IPv6 address a colon has a blank in front.
 * Blocks are addresses, networks with fewer octets ({@code 10.1} is 10.1.0.0/16), CIDR, and for
 * IPv4 ranges ({@code 10.1.0.5-20}, {@code 10.1-3}). A line that is none is left out and counted.
 * Single. Source: rbldnsd(8), lua.ref.msys.cidr.define.
 */
final class RbldnsdFile {
  private static final Logger LOG = LoggerFactory.getLogger(RbldnsdFile.class);
  private static final String DEFAULT_A = "127.0.0.2";
  private static final Pattern GENERIC =
      Pattern.compile(
          "(?<name>\\S+)\\s+(?:\\d+\\w?\\s+)?(?:IN\\s+)?(?<type>\\w+)\\s+(?<data>.*)",
          Pattern.CASE_INSENSITIVE);
  private static final int LONGEST_LINE = 64 << 10;

  private final boolean text;
  private final Blocks.Builder blocks = new Blocks.Builder();
  private final Map<Character, String> variables = new HashMap<>();
  private final Map<String, String> texts = new HashMap<>();
  private String dataset = "";
  private String defaultA = DEFAULT_A;
  private String defaultText = "";
  private long maxRange;
  private int lines;
  private int bad;
  private String firstBad = "";

  /** What an entry is worth. */
  private record Worth(String a, String text) {}

  private RbldnsdFile(boolean text) {
    this.text = text;
  }

  /**
   * Reads it to its end.
   *
   * @param text whether values are the texts rather than the addresses
   * @param name for the log
   * @throws IOException where it cannot be read, or has lines and none that is understood
   */
  static Blocks read(BufferedReader in, boolean text, String name) throws IOException {
    RbldnsdFile file = new RbldnsdFile(text);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      file.lines++;
      if (line.length() > LONGEST_LINE || !file.line(line.strip())) {
        file.bad++;
        file.firstBad = file.firstBad.isEmpty() ? "line " + file.lines : file.firstBad;
      }
    }
    if (file.bad > 0 && file.blocks.size() == 0) {
      throw new IOException("no file of rbldnsd: nothing is understood, " + file.firstBad + " on");
    }
    if (file.bad > 0) {
      LOG.warn("{}: {} lines are no entries, {} first", name, file.bad, file.firstBad);
    }
    return file.blocks.build();
  }

  private boolean line(String line) {
    if (line.isEmpty() || line.charAt(0) == '#' || line.charAt(0) == ';') {
      return true;
    }
    if (line.charAt(0) == '$') {
      return directive(line);
    }
    return switch (dataset) {
      case "generic" -> generic(line);
      case "", "ip4set", "ip4tset", "ip4trie", "ip6tset", "ip6trie" -> entry(line);
      default -> true;
    };
  }

  private boolean directive(String line) {
    String[] words = line.split("\\s+", 3);
    String name = words[0].substring(1).toUpperCase(Locale.ROOT);
    if (name.length() == 1 && (Character.isDigit(name.charAt(0)) || name.equals("="))) {
      variables.put(name.charAt(0), line.substring(Math.min(2, line.length())).strip());
      return true;
    }
    switch (name) {
      case "DATASET" -> {
        String type = words.length > 1 ? words[1].toLowerCase(Locale.ROOT) : "";
        int colon = type.indexOf(':');
        dataset = colon < 0 ? type : type.substring(0, colon);
        defaultA = DEFAULT_A;
        defaultText = "";
      }
      case "MAXRANGE4" -> {
        return words.length > 1 && maxRange(words[1]);
      }
      // about the zone itself, which is not served here
      case "SOA", "NS", "TTL", "TIMESTAMP" -> {}
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean maxRange(String word) {
    if (word.matches("/\\d{1,2}") && Integer.parseInt(word.substring(1)) <= 32) {
      maxRange = 1L << (32 - Integer.parseInt(word.substring(1)));
      return true;
    }
    if (word.matches("\\d{1,10}")) {
      maxRange = Long.parseLong(word);
      return true;
    }
    return false;
  }

  private boolean entry(String line) {
    if (line.charAt(0) == ':') {
      Optional<Worth> said = worth(line);
      said.ifPresent(
          worth -> {
            defaultA = worth.a();
            defaultText = worth.text();
          });
      return said.isPresent();
    }
    boolean excluded = line.charAt(0) == '!';
    int begin = excluded ? 1 : 0;
    while (begin < line.length() && Character.isWhitespace(line.charAt(begin))) {
      begin++;
    }
    int end = endOfAddress(line, begin);
    String address = line.substring(begin, end);
    String rest = line.substring(end).strip();
    boolean nothing = rest.isEmpty() || rest.charAt(0) == '#' || rest.charAt(0) == ';';
    Optional<Worth> worth =
        excluded || nothing ? Optional.of(new Worth(defaultA, defaultText)) : worth(rest);
    if (worth.isEmpty()) {
      return false;
    }
    return add(address, excluded, text ? templated(worth.get()) : worth.get().a());
  }

  /** A blank ends an address, and a colon does where what is in front of it is no IPv6. */
  private static int endOfAddress(String line, int begin) {
    int blank = begin;
    while (blank < line.length() && !Character.isWhitespace(line.charAt(blank))) {
      blank++;
    }
    int colon = line.indexOf(':', begin);
    return colon < 0 || colon >= blank || isIpv6(line.substring(begin, blank)) ? blank : colon;
  }

  private static boolean isIpv6(String word) {
    try {
      return word.length() <= 60 && Cidr.parse(word).ipv6();
    } catch (IllegalArgumentException none) {
      return false;
    }
  }

  /** {@code :A:text}, {@code :A}, or a text for the default address. */
  private Optional<Worth> worth(String said) {
    if (said.charAt(0) != ':') {
      return Optional.of(new Worth(defaultA, said));
    }
    int colon = said.indexOf(':', 1);
    String a = (colon < 0 ? said.substring(1) : said.substring(1, colon)).strip();
    String rest = colon < 0 ? "" : said.substring(colon + 1).strip();
    if (a.isEmpty()) {
      return Optional.of(new Worth(defaultA, rest));
    }
    int note = a.indexOf('#');
    a = note < 0 ? a : a.substring(0, note).strip();
    if (a.matches("\\d{1,3}") && Integer.parseInt(a) <= 255) {
      a = "127.0.0." + Integer.parseInt(a);
    }
    try {
      Cidr address = Cidr.parse(a);
      return address.ipv6() || address.prefixLength() != 32
          ? Optional.empty()
          : Optional.of(new Worth(address.toString(), rest));
    } catch (IllegalArgumentException none) {
      LOG.debug("no address", none);
      return Optional.empty();
    }
  }

  /** The text with the file's own variables in it; those of the asking, {@code $}, stay. */
  private String templated(Worth worth) {
    String base = variables.getOrDefault('=', "");
    String whole = worth.text();
    if (whole.startsWith("=")) {
      whole = whole.substring(1);
    } else if (!base.isEmpty()) {
      whole = base.replace("$=", whole);
    }
    if (whole.indexOf('$') < 0 || variables.isEmpty()) {
      return whole;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < whole.length(); i++) {
      char c = whole.charAt(i);
      String value = c == '$' && i + 1 < whole.length() ? variables.get(whole.charAt(i + 1)) : null;
      out.append(value == null ? String.valueOf(c) : value);
      i += value == null ? 0 : 1;
    }
    return out.toString();
  }

  private boolean add(String address, boolean excluded, String value) {
    if (address.indexOf(':') >= 0) {
      try {
        put(Cidr.parse(address), excluded, value);
        return true;
      } catch (IllegalArgumentException none) {
        LOG.debug("no block", none);
        return false;
      }
    }
    Optional<Ip4Range> range = Ip4Range.parse(address);
    if (range.isEmpty() || (maxRange > 0 && !excluded && range.get().size() > maxRange)) {
      return false;
    }
    range.get().blocks().forEach(block -> put(block, excluded, value));
    return true;
  }

  private void put(Cidr block, boolean excluded, String value) {
    if (excluded) {
      blocks.exclude(block);
    } else {
      blocks.add(block, value);
    }
  }

  /** {@code 2.0.0.127 A 127.0.0.2}: a record of a zone, whose name is an address from behind. */
  private boolean generic(String line) {
    Matcher record = GENERIC.matcher(line);
    if (!record.matches()) {
      return false;
    }
    boolean isText = record.group("type").equalsIgnoreCase("TXT");
    if (isText != text || !(isText || record.group("type").equalsIgnoreCase("A"))) {
      return true;
    }
    Optional<Cidr> address = reversed(record.group("name"));
    String data = record.group("data").strip();
    if (data.length() > 1 && data.startsWith("\"") && data.endsWith("\"")) {
      data = data.substring(1, data.length() - 1);
    }
    String value = texts.computeIfAbsent(data, key -> key);
    address.ifPresent(block -> blocks.add(block, value));
    // names of other kinds are a zone's, and no blocks
    return true;
  }

  private static Optional<Cidr> reversed(String name) {
    String[] labels = name.split("\\.", -1);
    StringBuilder address = new StringBuilder();
    if (labels.length != 4 && labels.length != 32) {
      return Optional.empty();
    }
    for (int i = labels.length - 1; i >= 0; i--) {
      address.append(labels[i]);
      if (i > 0 && labels.length == 4) {
        address.append('.');
      } else if (i > 0 && i % 4 == 0) {
        address.append(':');
      }
    }
    try {
      return Optional.of(Cidr.parse(address.toString()));
    } catch (IllegalArgumentException none) {
      return Optional.empty();
    }
  }
}
