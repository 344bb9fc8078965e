package org.impetusmta.log;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.log.LogFormat.Appender;
import org.impetusmta.log.LogFormat.Environment;
import org.impetusmta.log.LogFormat.Macro;
import org.impetusmta.log.LogFormat.Reads;

/**
 * The macros of the namespace custom_logger. What an event does not have is empty, a number 0, an
 * id of zeros, the stage 22. None. Source: modules.custom_logger, log format specifiers.
 */
final class MessageMacros {
  private static final int MOST_DIGITS = 6;

  /** Their names, in no namespace. */
  static final Set<String> NAMES =
      new TreeSet<>(
          Set.of(
              "A",
              "b",
              "B",
              "BI",
              "c",
              "C",
              "CI",
              "d",
              "g",
              "H",
              "h",
              "i",
              "m",
              "M",
              "mx",
              "n",
              "N",
              "OC",
              "P",
              "p",
              "PG",
              "r",
              "R",
              "s",
              "S",
              "t",
              "T",
              "U",
              "us",
              "vctx_conn",
              "vctx_mess"));

  private MessageMacros() {}

  /**
   * The macro of that name.
   *
   * @param argument takes what stands in braces behind it, if anything does
   */
  static Optional<Macro> find(
      String name, Supplier<Optional<String>> argument, Environment environment) {
    if (!NAMES.contains(name)) {
      return Optional.empty();
    }
    // no macro may keep the environment, which knows modules that may go
    Sanitizer text = environment.sanitizer();
    BounceClasses classes = environment.classes();
    UnaryOperator<String> groups = environment.pathwayGroup();
    return Optional.of(
        switch (name) {
          case "A" -> read(text, event -> EventFields.authenticated(event, "auth_name"));
          case "U" -> read(text, event -> EventFields.authenticated(event, "auth_user"));
          case "P" -> read(text, EventFields::pathway);
          case "PG" -> read(text, event -> pathwayGroup(event, groups));
          case "vctx_conn" -> {
            String key = required(name, "key", argument.get());
            yield read(text, event -> EventFields.ofConnection(event, key));
          }
          case "vctx_mess" -> {
            String key = required(name, "key", argument.get());
            yield read(text, event -> EventFields.ofMessage(event, key));
          }
          case "h" -> header(required(name, "header", argument.get()), text);
          case "t" ->
              argument
                  .get()
                  .map(format -> plain(Strftime.of(format, environment.zone())))
                  .orElse(plain(MessageMacros::seconds));
          case "us" -> fine(digits(name, required(name, "1 to 6", argument.get()), 1));
          case "T" -> queued(argument.get().map(digits -> digits(name, digits, 0)).orElse(2));
          case "b" -> envelope(text, EventFields::binding);
          case "g" -> envelope(text, EventFields::bindingGroup);
          case "d" -> envelope(text, EventFields::routingDomain);
          case "H" -> envelope(text, EventFields::remoteAddress);
          case "m" -> envelope(text, EventFields::senderLocalpart);
          case "M" -> envelope(text, EventFields::senderDomain);
          case "r" -> envelope(text, EventFields::recipientLocalpart);
          case "R" -> envelope(text, EventFields::recipientDomain);
          case "p" -> envelope(text, EventFields::protocol);
          case "n" -> envelope(text, EventFields::note);
          case "mx" -> envelope(text, EventFields::nextHost);
          case "s" -> envelope(text, MessageMacros::stageText);
          case "c" -> envelope(text, event -> className(event, classes));
          case "C" -> plain((event, line) -> line.decimal(classNumber(event, classes)));
          case "S" -> plain((event, line) -> line.decimal(stage(event).code()));
          case "N" -> plain((event, line) -> line.decimal(EventFields.attempts(event)));
          case "B" -> plain((event, line) -> line.decimal(size(event)));
          case "i" -> plain(MessageMacros::id);
          case "OC" -> plain(MessageMacros::outboundConnection);
          case "BI" -> plain((event, line) -> line.id(batch(event)));
          default -> plain((event, line) -> line.id(connection(event))); // CI
        });
  }

  private static Macro plain(Appender appender) {
    return new Macro(Reads.ENVELOPE, appender);
  }

  private static Macro plain(Strftime format) {
    return plain((event, line) -> format.append(event.timeMicros(), line));
  }

  private static Macro envelope(Sanitizer text, Function<LogEvent, String> value) {
    return plain((event, line) -> text.append(value.apply(event), line));
  }

  private static Macro read(Sanitizer text, Function<LogEvent, String> value) {
    return new Macro(Reads.DICTIONARIES, (event, line) -> text.append(value.apply(event), line));
  }

  private static Macro header(String name, Sanitizer text) {
    return new Macro(
        Reads.BODY,
        (event, line) ->
            EventFields.body(event)
                .flatMap(body -> body.header(name))
                .ifPresent(value -> text.append(utf8(value), line)));
  }

  /** A text of an octet for each character is UTF-8, nowadays. */
  static String utf8(String octets) {
    return new String(octets.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  private static String required(String name, String what, Optional<String> argument) {
    return argument
        .filter(text -> !text.isEmpty())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%%%s stands alone, expected %%%s{%s}".formatted(name, name, what)));
  }

  private static int digits(String name, String text, int least) {
    if (text.length() == 1) {
      int digits = text.charAt(0) - '0';
      if (digits >= least && digits <= MOST_DIGITS) {
        return digits;
      }
    }
    throw new IllegalArgumentException(
        "%%%s{%s}: expected %d to %d decimal places".formatted(name, text, least, MOST_DIGITS));
  }

  private static long scale(int digits) {
    long scale = 1;
    for (int i = digits; i < MOST_DIGITS; i++) {
      scale *= 10;
    }
    return scale;
  }

  private static void seconds(LogEvent event, LineBuffer line) {
    line.decimal(Math.floorDiv(event.timeMicros(), 1_000_000L));
  }

  private static Macro fine(int digits) {
    long scale = scale(digits);
    return plain(
        (event, line) -> {
          seconds(event, line);
          line.ascii('.').digits(Math.floorMod(event.timeMicros(), 1_000_000L) / scale, digits);
        });
  }

  private static Macro queued(int digits) {
    long scale = scale(digits);
    long unit = 1_000_000L / scale;
    return plain(
        (event, line) -> {
          long rounded = (EventFields.queueMicros(event) + scale / 2) / scale;
          line.decimal(rounded / unit);
          if (digits > 0) {
            line.ascii('.').digits(rounded % unit, digits);
          }
        });
  }

  private static void id(LogEvent event, LineBuffer line) {
    EventFields.message(event).ifPresent(message -> line.id(message.id()));
  }

  private static MessageId batch(LogEvent event) {
    return EventFields.message(event).map(Message::batchId).orElse(MessageId.NONE);
  }

  private static MessageId connection(LogEvent event) {
    return event instanceof LogEvent.Rejection rejection
        ? rejection.connectionId()
        : EventFields.message(event).map(Message::connectionId).orElse(MessageId.NONE);
  }

  /** Nothing at a reception, which has none. */
  private static void outboundConnection(LogEvent event, LineBuffer line) {
    switch (event) {
      case LogEvent.Delivery delivery -> line.id(delivery.connectionId());
      case LogEvent.Failure failure -> line.id(failure.connectionId());
      default -> {}
    }
  }

  private static int size(LogEvent event) {
    return EventFields.message(event).map(Message::size).orElse(0);
  }

  private static Stage stage(LogEvent event) {
    return event instanceof LogEvent.Failure failure ? failure.stage() : Stage.UNKNOWN;
  }

  private static String stageText(LogEvent event) {
    return event instanceof LogEvent.Failure failure ? failure.stage().text() : "";
  }

  private static int classNumber(LogEvent event, BounceClasses classes) {
    return event instanceof LogEvent.Failure failure ? classes.of(failure).code() : 0;
  }

  private static String className(LogEvent event, BounceClasses classes) {
    return event instanceof LogEvent.Failure failure ? classes.of(failure).name() : "";
  }

  private static String pathwayGroup(LogEvent event, UnaryOperator<String> groups) {
    return event instanceof LogEvent.Rejection rejection
        ? rejection.pathwayGroup()
        : groups.apply(EventFields.pathway(event));
  }
}
