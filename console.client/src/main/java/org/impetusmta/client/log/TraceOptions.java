package org.impetusmta.client.log;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.impetusmta.client.log.LogRecord.Kind;

/**
 * The arguments of {@code ec_log_trace}. An option that is repeated admits any of its values;
 * different ones must all be met. Thread-safety: single. Source: executable.ec_log_trace.
 */
final class TraceOptions {
  /** Options with a value that concern a message, by the field of its reception. */
  private static final Map<String, String> OF_MESSAGE =
      Map.of(
          "from", "from",
          "from-domain", "from_domain",
          "to", "to",
          "to-domain", "to_domain",
          "src-ip", "src_ip");

  /** Options with a value that concern a record, by its field. */
  private static final Map<String, String> OF_RECORD =
      Map.of(
          "binding", "binding",
          "binding-group", "binding_group",
          "dst-ip", "dst_ip",
          "id", "id");

  private static final Map<String, String> OF_REJECTION =
      Map.of("vctx-conn", "CTXCONN", "vctx-mess", "CTXMESS");

  private static final List<DateTimeFormatter> DATES =
      List.of(
          DateTimeFormatter.ofPattern("MMM d HH:mm:ss yyyy", Locale.ENGLISH),
          DateTimeFormatter.ofPattern("M d HH:mm:ss yyyy", Locale.ENGLISH));

  final List<String> files = new ArrayList<>();
  boolean help;
  boolean count;
  boolean date;
  boolean xml;
  boolean verbose;
  boolean append;
  Optional<String> output = Optional.empty();

  private final Set<Kind> kinds = EnumSet.noneOf(Kind.class);
  private final Map<String, Predicate<LogRecord>> ofMessage = new LinkedHashMap<>();
  private final Map<String, Predicate<LogRecord>> ofRecord = new LinkedHashMap<>();
  private final Map<String, Predicate<LogRecord>> ofRejection = new LinkedHashMap<>();
  private boolean main;
  private boolean regex;
  private long start = Long.MIN_VALUE;
  private long end = Long.MAX_VALUE;

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException what is wrong with them
   */
  static TraceOptions of(List<String> arguments) {
    TraceOptions options = new TraceOptions();
    options.regex = arguments.contains("--regex");
    for (String argument : arguments) {
      options.take(argument);
    }
    if (options.append && options.output.isEmpty()) {
      throw new IllegalArgumentException("--append needs --output");
    }
    return options;
  }

  private void take(String argument) {
    if (!argument.startsWith("-") || argument.equals("-")) {
      files.add(argument);
      return;
    }
    int equals = argument.indexOf('=');
    if (equals >= 0 && argument.startsWith("--")) {
      valued(argument.substring(2, equals), argument.substring(equals + 1));
      return;
    }
    switch (argument) {
      case "-h", "--help" -> help = true;
      case "-v", "--verbose" -> verbose = true;
      case "--count" -> count = true;
      case "--date" -> date = true;
      case "--xml" -> xml = true;
      case "--append" -> append = true;
      case "--regex" -> regex = true;
      case "--main" -> main = true;
      case "--in", "--reception" -> kinds.add(Kind.RECEPTION);
      case "--out", "--delivery" -> kinds.add(Kind.DELIVERY);
      case "--tran", "--transient" -> kinds.add(Kind.TRANSIENT);
      case "--perm", "--permanent" -> kinds.add(Kind.PERMANENT);
      default -> throw new IllegalArgumentException("unknown option " + argument);
    }
  }

  private void valued(String name, String value) {
    boolean expression = regex || name.endsWith("-regex");
    String plain = name.endsWith("-regex") ? name.substring(0, name.length() - 6) : name;
    if (OF_MESSAGE.containsKey(plain)) {
      boolean address = plain.equals("from") || plain.equals("to");
      String wanted =
          address && value.matches("<[^<>]*>") ? value.substring(1, value.length() - 1) : value;
      any(ofMessage, plain, field(OF_MESSAGE.get(plain), wanted, expression));
    } else if (OF_RECORD.containsKey(plain) && !(plain.equals("id") && !plain.equals(name))) {
      any(ofRecord, plain, field(OF_RECORD.get(plain), value, expression));
    } else if (OF_REJECTION.containsKey(plain)) {
      any(ofRejection, plain, entry(OF_REJECTION.get(plain), value, expression));
    } else {
      switch (name) {
        case "start" -> start = seconds(name, value);
        case "end" -> end = seconds(name, value);
        case "output" -> output = Optional.of(value);
        default -> throw new IllegalArgumentException("unknown option --" + name);
      }
    }
  }

  private static void any(
      Map<String, Predicate<LogRecord>> to, String name, Predicate<LogRecord> predicate) {
    to.merge(name, predicate, Predicate::or);
  }

  private static Predicate<LogRecord> field(String name, String value, boolean expression) {
    Predicate<String> test = test(value, expression);
    return record -> record.fields().containsKey(name) && test.test(record.field(name));
  }

  /** {@code key}, or {@code key=value}. */
  private static Predicate<LogRecord> entry(String context, String value, boolean expression) {
    int equals = value.indexOf('=');
    Predicate<String> key = test(equals < 0 ? value : value.substring(0, equals), expression);
    Predicate<String> wanted =
        equals < 0 ? _ -> true : test(value.substring(equals + 1), expression);
    return record ->
        record.context(context).entrySet().stream()
            .anyMatch(entry -> key.test(entry.getKey()) && wanted.test(entry.getValue()));
  }

  private static Predicate<String> test(String value, boolean expression) {
    if (!expression) {
      return value::equalsIgnoreCase;
    }
    try {
      return Pattern.compile(value).asPredicate();
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("no regular expression: " + e.getMessage(), e);
    }
  }

  private static long seconds(String name, String value) {
    if (value.matches("\\d{1,18}")) {
      return Long.parseLong(value);
    }
    String date = value.strip().replaceAll(" +", " ");
    for (DateTimeFormatter form : DATES) {
      Optional<LocalDateTime> time = parsed(date, form);
      if (time.isPresent()) {
        return time.get().atZone(ZoneId.systemDefault()).toEpochSecond();
      }
    }
    throw new IllegalArgumentException(
        "--%s: found \"%s\", expected seconds since 1970 or \"Sep 12 18:12:21 2006\""
            .formatted(name, value));
  }

  private static Optional<LocalDateTime> parsed(String date, DateTimeFormatter form) {
    try {
      return Optional.of(LocalDateTime.parse(date, form));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** The kinds that may be shown. */
  Set<Kind> shown() {
    boolean rejections = !ofRejection.isEmpty();
    boolean mainOnly = main || !kinds.isEmpty() || !ofMessage.isEmpty() || !ofRecord.isEmpty();
    Set<Kind> shown =
        kinds.isEmpty() ? EnumSet.complementOf(EnumSet.of(Kind.REJECTION)) : EnumSet.copyOf(kinds);
    if (rejections && !mainOnly) {
      shown.clear();
    }
    if (rejections || !mainOnly) {
      shown.add(Kind.REJECTION);
    }
    return shown;
  }

  /** Whether receptions decide which messages are shown. */
  boolean choosesMessages() {
    return !ofMessage.isEmpty();
  }

  /** Whether this is the reception of a message that may be shown. */
  boolean choosesMessage(LogRecord record) {
    return record.kind() == Kind.RECEPTION
        && ofMessage.values().stream().allMatch(test -> test.test(record));
  }

  /** Whether a record, of a message that may be shown, is to be. */
  boolean admits(LogRecord record) {
    Map<String, Predicate<LogRecord>> tests =
        record.kind() == Kind.REJECTION ? ofRejection : ofRecord;
    return shown().contains(record.kind())
        && record.seconds() >= start
        && record.seconds() <= end
        && tests.values().stream().allMatch(test -> test.test(record));
  }
}
