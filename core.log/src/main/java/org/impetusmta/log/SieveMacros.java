package org.impetusmta.log;

import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageLimitException;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.MimePart;
import org.impetusmta.log.LogFormat.Environment;
import org.impetusmta.log.LogFormat.Macro;
import org.impetusmta.log.LogFormat.Reads;

/**
 * The macros of the namespace sieve, <code>%{PREFIX:NAME}</code>. What a message does not have, or
 * what is beyond the limits of {@link MessageOperations}, is empty. None. Source: sieve.ecaddons.
 */
final class SieveMacros {
  static final String EXPECTED =
      "%{vctx_conn:KEY} %{vctx_mess:KEY} %{rfc822:date} %{rfc2822:message[,N[b]]}"
          + " %{rfc2822:headers} %{rfc2822:body[,N[b]]} %{rfc2822:text[,N[,LINES]]}"
          + " %{rfc2822:part,N} %{spfv1:LETTER[DIGITS][r][DELIMITERS]}";

  private SieveMacros() {}

  /**
   * The macro between the braces; empty where there is none of that name.
   *
   * @throws IllegalArgumentException where there is, but not with these parameters
   */
  static Optional<Macro> macro(String text, Environment environment) {
    int colon = text.indexOf(':');
    if (colon < 1 || colon + 1 == text.length()) {
      return Optional.empty();
    }
    String rest = text.substring(colon + 1);
    Sanitizer sanitizer = environment.sanitizer();
    return switch (text.substring(0, colon)) {
      case "vctx_conn" ->
          of(Reads.DICTIONARIES, sanitizer, event -> EventFields.ofConnection(event, rest));
      case "vctx_mess" ->
          of(Reads.DICTIONARIES, sanitizer, event -> EventFields.ofMessage(event, rest));
      case "spfv1" -> of(Reads.DICTIONARIES, sanitizer, SpfMacro.of(rest)::expand);
      case "rfc822" -> rest.equals("date") ? date(environment.zone()) : Optional.empty();
      case "rfc2822" -> ofMessage(List.of(rest.split(",", -1)), environment);
      default -> Optional.empty();
    };
  }

  private static Optional<Macro> of(
      Reads reads, Sanitizer sanitizer, Function<LogEvent, String> value) {
    return Optional.of(
        new Macro(reads, (event, line) -> sanitizer.append(value.apply(event), line)));
  }

  private static Optional<Macro> date(ZoneId zone) {
    Strftime format = Strftime.of("%a, %d %b %Y %H:%M:%S %z", zone);
    return Optional.of(
        new Macro(Reads.ENVELOPE, (event, line) -> format.append(event.timeMicros(), line)));
  }

  private static Optional<Macro> ofMessage(List<String> words, Environment environment) {
    MessageOperations operations = environment.operations();
    List<String> parameters = words.subList(1, words.size());
    BiFunction<MessageOperations, Message, String> value;
    switch (words.getFirst()) {
      case "headers" -> {
        expect(parameters, 0, 0);
        value = (_, message) -> text(headers(message));
      }
      case "message" -> {
        Portion portion = portion(parameters);
        value = (ops, message) -> portion.of(ops.raw(message));
      }
      case "body" -> {
        Portion portion = portion(parameters);
        value = (ops, message) -> portion.of(ops.body(message));
      }
      case "part" -> {
        expect(parameters, 1, 1);
        int wanted = number(parameters.getFirst(), 1);
        value = (ops, message) -> MessageParts.leaf(ops, message, wanted, _ -> true);
      }
      case "text" -> {
        expect(parameters, 0, 2);
        value = textPart(parameters);
      }
      default -> {
        return Optional.empty();
      }
    }
    return of(Reads.BODY, environment.sanitizer(), event -> apply(value, operations, event));
  }

  private static BiFunction<MessageOperations, Message, String> textPart(List<String> parameters) {
    int wanted = parameters.isEmpty() ? 1 : number(parameters.getFirst(), 1);
    if (parameters.size() == 1) {
      return (ops, message) -> MessageParts.leaf(ops, message, wanted, SieveMacros::isText);
    }
    int lines = parameters.size() < 2 ? Integer.MAX_VALUE : number(parameters.get(1), 0);
    return (ops, message) -> {
      List<String> texts = ops.text(message);
      return wanted > texts.size() ? "" : firstLines(texts.get(wanted - 1), lines);
    };
  }

  private static boolean isText(MimePart part) {
    return part.contentType().startsWith("text/");
  }

  private static String firstLines(String text, int lines) {
    int end = 0;
    for (int line = 0; line < lines && end < text.length(); line++) {
      int next = text.indexOf('\n', end);
      end = next < 0 ? text.length() : next + 1;
    }
    return text.substring(0, end);
  }

  private static String apply(
      BiFunction<MessageOperations, Message, String> value,
      MessageOperations operations,
      LogEvent event) {
    if (EventFields.body(event).isEmpty()) {
      return "";
    }
    try {
      return EventFields.message(event).map(m -> value.apply(operations, m)).orElse("");
    } catch (MessageLimitException e) {
      return "";
    }
  }

  private static byte[] headers(Message message) {
    byte[] header = new byte[message.body().headerLength()];
    int at = 0;
    for (int i = 0; at < header.length; i++) {
      int some = Math.min(header.length - at, message.body().segmentLength(i));
      System.arraycopy(message.body().segment(i), 0, header, at, some);
      at += some;
    }
    return header;
  }

  static String text(byte[] octets) {
    return new String(octets, StandardCharsets.UTF_8);
  }

  /** All, so many lines, or so many octets. */
  private record Portion(int count, boolean lines) {
    String of(byte[] octets) {
      if (!lines) {
        return text(Arrays.copyOf(octets, Math.min(count, octets.length)));
      }
      int end = 0;
      for (int line = 0; line < count && end < octets.length; line++) {
        while (end < octets.length && octets[end] != '\n') {
          end++;
        }
        end = Math.min(octets.length, end + 1);
      }
      return text(Arrays.copyOf(octets, end));
    }
  }

  private static Portion portion(List<String> parameters) {
    expect(parameters, 0, 1);
    if (parameters.isEmpty()) {
      return new Portion(Integer.MAX_VALUE, false);
    }
    String word = parameters.getFirst();
    boolean octets = word.endsWith("b");
    return new Portion(number(octets ? word.substring(0, word.length() - 1) : word, 0), !octets);
  }

  private static void expect(List<String> parameters, int least, int most) {
    if (parameters.size() < least || parameters.size() > most) {
      throw new IllegalArgumentException(
          "found %d parameters, expected one of %s".formatted(parameters.size(), EXPECTED));
    }
  }

  private static int number(String text, int least) {
    if (text.matches("\\d{1,9}") && Integer.parseInt(text) >= least) {
      return Integer.parseInt(text);
    }
    throw new IllegalArgumentException(
        "found \"%s\", expected a number from %d".formatted(text, least));
  }
}
