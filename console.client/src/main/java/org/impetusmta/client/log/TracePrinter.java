package org.impetusmta.client.log;

import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How records are shown. What comes from logs does nothing to a terminal. Thread-safety: single.
 */
abstract sealed class TracePrinter implements AutoCloseable {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH);

  final PrintStream out;
  private final boolean date;

  private TracePrinter(PrintStream out, boolean date) {
    this.out = out;
    this.date = date;
  }

  static TracePrinter of(TraceOptions options, PrintStream out) {
    return options.xml
        ? new Xml(out, options.date)
        : options.verbose ? new Explained(out, options.date) : new Lines(out, options.date);
  }

  /** Prints one record. */
  abstract void record(LogRecord record);

  /** Prints all records of a message. */
  void message(String id, List<LogRecord> records) {
    records.forEach(this::record);
  }

  @Override
  public void close() {}

  final String time(LogRecord record) {
    return date
        ? DATE.format(Instant.ofEpochSecond(record.seconds()).atZone(ZoneId.systemDefault()))
        : Long.toString(record.seconds());
  }

  /** Text without control characters. */
  static String printable(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    text.chars()
        .forEach(
            c -> {
              if (Character.isISOControl(c)) {
                printable.append("\\x%02X".formatted(c));
              } else {
                printable.append((char) c);
              }
            });
    return printable.toString();
  }

  /** As they stand in the log, the time perhaps as a date. */
  private static final class Lines extends TracePrinter {
    Lines(PrintStream out, boolean date) {
      super(out, date);
    }

    @Override
    void record(LogRecord record) {
      out.println(time(record) + printable(record.rest()));
    }
  }

  /** Every field with its name. */
  private static final class Explained extends TracePrinter {
    Explained(PrintStream out, boolean date) {
      super(out, date);
    }

    @Override
    void message(String id, List<LogRecord> records) {
      out.println("Message " + printable(id));
      super.message(id, records);
      out.println();
    }

    @Override
    void record(LogRecord record) {
      out.println("  " + time(record) + " " + record.kind().name().toLowerCase(Locale.ROOT));
      record
          .fields()
          .forEach(
              (name, value) -> {
                if (!name.equals("id")
                    && !name.endsWith("o_domain")
                    && !name.endsWith("m_domain")) {
                  out.println("    " + name + ": " + printable(value));
                }
              });
    }
  }

  /** {@code <log><reception time="…" id="…" …/>…</log>}. */
  private static final class Xml extends TracePrinter {
    Xml(PrintStream out, boolean date) {
      super(out, date);
      out.println("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
      out.println("<log>");
    }

    @Override
    void message(String id, List<LogRecord> records) {
      out.println("<message id=\"" + attribute(id) + "\">");
      super.message(id, records);
      out.println("</message>");
    }

    @Override
    void record(LogRecord record) {
      StringBuilder element = new StringBuilder("<");
      element.append(record.kind().name().toLowerCase(Locale.ROOT));
      element.append(" time=\"").append(time(record)).append('"');
      for (Map.Entry<String, String> field : record.fields().entrySet()) {
        element.append(' ').append(field.getKey().toLowerCase(Locale.ROOT)).append("=\"");
        element.append(attribute(field.getValue())).append('"');
      }
      out.println(element.append("/>"));
    }

    private static String attribute(String text) {
      return printable(text)
          .replace("&", "&amp;")
          .replace("<", "&lt;")
          .replace(">", "&gt;")
          .replace("\"", "&quot;");
    }

    @Override
    public void close() {
      out.println("</log>");
    }
  }
}
