package org.impetusmta.client.log;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of a mainlog or rejectlog as ec_logger writes it. Immutable. Source: log_formats.mainlog,
 * log_formats.rejectlog.
 *
 * @param kind what it tells
 * @param seconds since 1970
 * @param fields by name, in the order of the line, without the escaping of the log
 * @param rest the line behind its time, as it was written
 */
record LogRecord(Kind kind, long seconds, Map<String, String> fields, String rest) {
  /** What records tell. */
  enum Kind {
    RECEPTION("R", "Receptions"),
    DELIVERY("D", "Deliveries"),
    TRANSIENT("T", "Transient failures"),
    PERMANENT("P", "Permanent failures"),
    REJECTION("", "Rejections");

    private final String letter;
    private final String plural;

    Kind(String letter, String plural) {
      this.letter = letter;
      this.plural = plural;
    }

    String plural() {
      return plural;
    }
  }

  private static final List<String> RECEPTION =
      List.of(
          "to_local",
          "to_domain",
          "from_local",
          "from_domain",
          "src_ip",
          "size",
          "protocol",
          "binding_group",
          "binding");

  private static final List<String> DELIVERY =
      List.of("domain", "size", "binding_group", "binding", "retries", "queue_time", "dst_ip");

  private static final List<String> FAILURE =
      List.of(
          "domain",
          "size",
          "binding_group",
          "binding",
          "stage",
          "retries",
          "queue_time",
          "dst_ip",
          "reply");

  /** The fields of a record of a mainlog, behind its head. */
  private static List<String> names(Kind kind) {
    return switch (kind) {
      case RECEPTION -> RECEPTION;
      case DELIVERY -> DELIVERY;
      case TRANSIENT, PERMANENT -> FAILURE;
      case REJECTION -> List.of();
    };
  }

  /** Fields that every record of a mainlog begins with, behind its time. */
  private static final List<String> HEAD = List.of("id", "batch_id", "connection_id");

  private static final Pattern TIME = Pattern.compile("(\\d{9,16})(:|@)");
  private static final Pattern ESCAPED = Pattern.compile("\\\\(x[0-9A-Fa-f]{2}|.)");
  private static final Pattern NAMED =
      Pattern.compile(
          "\\G (?<name>[A-Z_]+)=(?:\"(?<quoted>(?:[^\"\\\\]|\\\\.)*)\""
              + "|\\[(?<list>(?:\"(?:[^\"\\\\]|\\\\.)*\"|[^\\]\"])*)\\]|(?<plain>\\S+))");

  private static final Pattern ENTRY =
      Pattern.compile(
          "(?:\"(?<qkey>(?:[^\"\\\\]|\\\\.)*)\"|(?<key>[^=,\"]*))="
              + "(?:\"(?<qvalue>(?:[^\"\\\\]|\\\\.)*)\"|(?<value>[^,\"]*))(?:,|$)");

  /** Reads a line; empty for heartbeats and for what neither log has. */
  static Optional<LogRecord> of(String line) {
    Matcher time = TIME.matcher(line);
    if (!time.lookingAt()) {
      return Optional.empty();
    }
    String digits = time.group(1);
    // sixteen digits are microseconds
    long seconds = Long.parseLong(digits) / (digits.length() == 16 ? 1_000_000 : 1);
    String rest = line.substring(time.end(1));
    return time.group(2).equals("@") ? main(seconds, rest) : rejection(seconds, rest);
  }

  private static Optional<LogRecord> main(long seconds, String rest) {
    String[] start = rest.substring(1).split("@", 5);
    if (start.length < 5) {
      return Optional.empty();
    }
    for (Kind kind : Kind.values()) {
      if (!kind.letter.isEmpty() && kind.letter.equals(start[3])) {
        List<String> names = names(kind);
        String[] values = start[4].split("@", names.size());
        if (values.length != names.size()) {
          return Optional.empty();
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 0; i < HEAD.size(); i++) {
          fields.put(HEAD.get(i), start[i]);
        }
        for (int i = 0; i < values.length; i++) {
          fields.put(names.get(i), plain(values[i]));
        }
        if (kind == Kind.RECEPTION) {
          address(fields, "to");
          address(fields, "from");
        }
        return Optional.of(new LogRecord(kind, seconds, fields, rest));
      }
    }
    return Optional.empty();
  }

  private static void address(Map<String, String> fields, String name) {
    String local = fields.getOrDefault(name + "_local", "");
    String domain = fields.getOrDefault(name + "_domain", "");
    fields.remove(name + "_local");
    fields.put(name, domain.isEmpty() ? local : local + '@' + domain);
  }

  private static Optional<LogRecord> rejection(long seconds, String rest) {
    Map<String, String> fields = new LinkedHashMap<>();
    Matcher named = NAMED.matcher(rest);
    named.region(1, rest.length());
    int end = 1;
    while (named.find()) {
      end = named.end();
      String list = named.group("list");
      String quoted = named.group("quoted");
      fields.put(
          named.group("name"),
          list != null ? list : quoted != null ? plain(quoted) : named.group("plain"));
      if (named.group("name").equals("CTXMESS")) {
        break; // what follows is free text
      }
    }
    if (!fields.containsKey("R") || !fields.containsKey("CTXMESS")) {
      return Optional.empty();
    }
    fields.put("reason", plain(rest.substring(end).strip()));
    return Optional.of(new LogRecord(Kind.REJECTION, seconds, fields, rest));
  }

  /** The entries of {@code CTXCONN} or {@code CTXMESS}. */
  Map<String, String> context(String name) {
    Map<String, String> entries = new LinkedHashMap<>();
    Matcher entry = ENTRY.matcher(field(name));
    while (entry.find() && entry.end() > entry.start()) {
      String key = entry.group("qkey") != null ? plain(entry.group("qkey")) : entry.group("key");
      String value =
          entry.group("qvalue") != null ? plain(entry.group("qvalue")) : entry.group("value");
      entries.put(key, value);
    }
    return entries;
  }

  /** A field; empty where this kind has none of that name. */
  String field(String name) {
    return fields.getOrDefault(name, "");
  }

  /** The text that the log escaped. */
  private static String plain(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    return ESCAPED
        .matcher(text)
        .replaceAll(
            found -> {
              String what = found.group(1);
              String meant =
                  switch (what.charAt(0)) {
                    case 'n' -> "\n";
                    case 'r' -> "\r";
                    case 't' -> "\t";
                    case 'x' ->
                        what.length() == 3
                            ? String.valueOf((char) Integer.parseInt(what, 1, 3, 16))
                            : what;
                    default -> what;
                  };
              return Matcher.quoteReplacement(meant);
            });
  }
}
