package org.impetusmta.log;

import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.log.LogMacros;
import org.impetusmta.api.message.MessageOperations;

/**
 * The format of a log's lines, read once: text and macros in the order in which they are written.
 *
 * <p>{@code %NAME} is a macro of {@code custom_logger} or of a module ({@link LogMacros}); {@code
 * %NAMESPACE::NAME} is that of one namespace. The name is the longest row of letters and {@code _};
 * a {@code _} at its end that no macro has is text. Some names take {@code {argument}}. <code>
 * %{PREFIX:NAME}</code> is a macro of the namespace {@code sieve}. {@code %%} is a percent sign,
 * and so is one that nothing follows that could be a name. Everything else is written as it stands.
 *
 * <p>Values are escaped so that none can forge a line ({@link Sanitizer}). Read-only; used by one
 * thread at a time for one buffer. Source: modules.custom_logger, tls_macros, sieve.ecaddons.
 */
public final class LogFormat {
  /** The namespace of the macros of one letter and their kin. */
  public static final String CUSTOM_LOGGER = "custom_logger";

  /** The namespace of the macros in braces. */
  public static final String SIEVE = "sieve";

  private final List<Appender> appenders;
  private final boolean dictionaries;
  private final boolean bodies;

  /** Writes its part of a line. */
  interface Appender {
    void append(LogEvent event, LineBuffer line);
  }

  /** What a macro reads of a message beside its envelope. */
  enum Reads {
    ENVELOPE,
    DICTIONARIES,
    BODY
  }

  /** A macro, ready to be used. */
  record Macro(Reads reads, Appender appender) {}

  /**
   * What formats know beside the event.
   *
   * @param namespaces in which macros are looked for, in this order
   * @param macros whose macros there are now, to check names
   * @param inForce whose macros there are when a line is written
   * @param pathwayGroup the group of a pathway
   * @param zone in which times are written
   */
  public record Environment(
      List<String> namespaces,
      Collection<LogMacros> macros,
      Supplier<? extends Collection<LogMacros>> inForce,
      UnaryOperator<String> pathwayGroup,
      MessageOperations operations,
      BounceClasses classes,
      Sanitizer sanitizer,
      ZoneId zone) {}

  private LogFormat(List<Appender> appenders, boolean dictionaries, boolean bodies) {
    this.appenders = List.copyOf(appenders);
    this.dictionaries = dictionaries;
    this.bodies = bodies;
  }

  /**
   * Reads a format.
   *
   * @throws IllegalArgumentException where it is none; the message says where and what was expected
   */
  public static LogFormat of(String format, Environment environment) {
    return new Reader(format, environment).read();
  }

  /** Whether it reads the dictionaries of messages. */
  public boolean dictionaries() {
    return dictionaries;
  }

  /** Whether it reads what messages carry. */
  public boolean bodies() {
    return bodies;
  }

  /** Writes what the format makes of an event, without the end of the line. */
  public void append(LogEvent event, LineBuffer line) {
    for (Appender appender : appenders) {
      appender.append(event, line);
    }
  }

  /** Takes a format apart. */
  private static final class Reader {
    private final String format;
    private final Environment environment;
    private final List<Appender> appenders = new ArrayList<>();
    private final StringBuilder literal = new StringBuilder();
    private boolean dictionaries;
    private boolean bodies;
    private int at;

    Reader(String format, Environment environment) {
      this.format = format;
      this.environment = environment;
      for (String namespace : environment.namespaces()) {
        if (!namespace.equals(CUSTOM_LOGGER)
            && !namespace.equals(SIEVE)
            && of(namespace).isEmpty()) {
          throw new IllegalArgumentException(
              "no module has the namespace \"%s\", expected %s, %s%s"
                  .formatted(namespace, CUSTOM_LOGGER, SIEVE, others()));
        }
      }
    }

    private List<LogMacros> of(String namespace) {
      return environment.macros().stream()
          .filter(macros -> macros.namespace().equals(namespace))
          .toList();
    }

    private String others() {
      StringBuilder text = new StringBuilder();
      for (LogMacros macros : environment.macros()) {
        text.append(", ").append(macros.namespace());
      }
      return text.toString();
    }

    LogFormat read() {
      while (at < format.length()) {
        char c = format.charAt(at);
        char next = at + 1 < format.length() ? format.charAt(at + 1) : ' ';
        if (c != '%' || !(next == '%' || next == '{' || isName(next))) {
          literal.append(c);
          at++;
        } else if (next == '%') {
          literal.append('%');
          at += 2;
        } else {
          macro(next == '{');
        }
      }
      flush();
      return new LogFormat(appenders, dictionaries, bodies);
    }

    private void flush() {
      if (!literal.isEmpty()) {
        byte[] text = literal.toString().getBytes(StandardCharsets.UTF_8);
        appenders.add((_, line) -> line.octets(text));
        literal.setLength(0);
      }
    }

    private void macro(boolean braces) {
      int begin = at;
      at++;
      try {
        Macro macro = braces ? inBraces() : named();
        flush();
        dictionaries |= macro.reads() == Reads.DICTIONARIES;
        bodies |= macro.reads() == Reads.BODY;
        appenders.add(macro.appender());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("at " + (begin + 1) + ": " + e.getMessage(), e);
      }
    }

    private Macro inBraces() {
      String text = argument().orElseThrow();
      if (!environment.namespaces().contains(SIEVE)) {
        throw new IllegalArgumentException(
            "%%{%s} is of the namespace sieve, which is not listed".formatted(text));
      }
      return SieveMacros.macro(text, environment)
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "unknown macro %%{%s}, expected one of %s"
                          .formatted(text, SieveMacros.EXPECTED)));
    }

    private Macro named() {
      String name = word();
      List<String> searched = environment.namespaces();
      if (format.startsWith("::", at)
          && at + 2 < format.length()
          && isName(format.charAt(at + 2))) {
        if (!searched.contains(name)) {
          throw new IllegalArgumentException("the namespace " + name + " is not listed");
        }
        searched = List.of(name);
        at += 2;
        name = word();
      }
      int end = at;
      for (String known = name; ; known = known.substring(0, known.length() - 1), end--) {
        at = end;
        for (String namespace : searched) {
          Optional<Macro> macro = find(namespace, known);
          if (macro.isPresent()) {
            return macro.get();
          }
        }
        if (!known.endsWith("_") || known.length() == 1) {
          throw new IllegalArgumentException(
              "unknown macro %%%s, expected one of %s".formatted(name, known(searched)));
        }
      }
    }

    private Optional<Macro> find(String namespace, String name) {
      if (namespace.equals(CUSTOM_LOGGER)) {
        return MessageMacros.find(name, this::argument, environment);
      }
      for (LogMacros macros : of(namespace)) {
        if (macros.names().contains(name)) {
          return Optional.of(new Macro(Reads.ENVELOPE, added(namespace, name, argument())));
        }
      }
      return Optional.empty();
    }

    /** Asks whoever has the macro when a line is written: modules come and go. */
    private Appender added(String namespace, String name, Optional<String> argument) {
      Supplier<? extends Collection<LogMacros>> inForce = environment.inForce();
      Sanitizer sanitizer = environment.sanitizer();
      return (event, line) -> {
        for (LogMacros macros : inForce.get()) {
          if (macros.namespace().equals(namespace)) {
            sanitizer.append(macros.value(name, argument, event), line);
            return;
          }
        }
      };
    }

    private String known(List<String> namespaces) {
      Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER.thenComparing(n -> n));
      for (String namespace : namespaces) {
        if (namespace.equals(CUSTOM_LOGGER)) {
          names.addAll(MessageMacros.NAMES);
        }
        of(namespace).forEach(macros -> names.addAll(macros.names()));
      }
      return "%" + String.join(" %", names);
    }

    private static boolean isName(char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    private String word() {
      int begin = at;
      while (at < format.length() && isName(format.charAt(at))) {
        at++;
      }
      return format.substring(begin, at);
    }

    /** What stands in braces here, if something does. */
    private Optional<String> argument() {
      if (at >= format.length() || format.charAt(at) != '{') {
        return Optional.empty();
      }
      int end = format.indexOf('}', at);
      if (end < 0) {
        throw new IllegalArgumentException("expected \"}\" before the end");
      }
      String argument = format.substring(at + 1, end);
      at = end + 1;
      return Optional.of(argument);
    }
  }
}
