package org.impetusmta.core.config.option;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionValue;
import org.impetusmta.api.config.Rate;

/**
 * How a written value becomes the Java value of a record component. Immutable.
 *
 * @param name two types of the same name take and mean the same
 * @param expected what is accepted, for messages
 * @param range the numbers that are accepted, {@code 1..65535} with an end left out where there is
 *     none; empty where all are
 * @param aggregate whether it takes a list or a dictionary: converting is worth remembering
 * @param conversion throws {@link IllegalArgumentException} when the value is not accepted; its
 *     message, if it has one, says more than {@code expected}
 */
public record OptionType(
    String name,
    String expected,
    String range,
    boolean aggregate,
    Function<ConfigValue, Object> conversion) {
  private static final Map<String, Boolean> BOOLEANS =
      Map.of(
          "on",
          true,
          "off",
          false,
          "true",
          true,
          "false",
          false,
          "enabled",
          true,
          "disabled",
          false,
          "yes",
          true,
          "no",
          false,
          "1",
          true,
          "0",
          false);

  private static final Map<String, Long> TIME_UNITS =
      Map.of("second", 1L, "minute", 60L, "hour", 3600L, "day", 86_400L, "week", 604_800L);

  /** The type of a component; Optional is taken off before. */
  static OptionType of(Type type, Option option) {
    if (type instanceof ParameterizedType generic) {
      return generic(generic);
    }
    if (type == boolean.class || type == Boolean.class) {
      return scalar(
          "boolean", "on or off, true or false, enabled or disabled, 1 or 0", OptionType::bool);
    }
    if (type == int.class || type == Integer.class) {
      return number(option, Integer.MIN_VALUE, Integer.MAX_VALUE, value -> (int) (long) value);
    }
    if (type == long.class || type == Long.class) {
      return number(option, Long.MIN_VALUE, Long.MAX_VALUE, value -> value);
    }
    if (type == String.class) {
      return scalar("string", "a word or a quoted string", text -> text);
    }
    if (type == Duration.class) {
      return duration(option);
    }
    if (type == Pattern.class) {
      return scalar("pattern", "a regular expression", OptionType::pattern);
    }
    if (type == Rate.class) {
      return scalar("throttle", "a throttle, number or number/seconds", Rate::parse);
    }
    if (type == CidrSet.class) {
      return new OptionType(
          "cidr list",
          "a list of network blocks ( 10.0.0.0/8 ::1 )",
          "",
          true,
          value -> CidrSet.parse(strings(value)));
    }
    if (type instanceof Class<?> enumeration && enumeration.isEnum()) {
      return enumeration(enumeration);
    }
    if (type instanceof Class<?> own && own.isAnnotationPresent(OptionValue.class)) {
      return own(own);
    }
    throw new IllegalArgumentException("no option can have the type " + type.getTypeName());
  }

  /** Converts, or says what was expected and what was found instead. */
  public Object convert(ConfigValue value) {
    try {
      return conversion.apply(value);
    } catch (IllegalArgumentException e) {
      String detail = e.getMessage();
      throw new IllegalArgumentException(
          "expected "
              + expected
              + ", found "
              + value.describe()
              + (detail == null || detail.isEmpty() ? "" : ": " + detail),
          e);
    }
  }

  private static OptionType generic(ParameterizedType type) {
    Type[] arguments = type.getActualTypeArguments();
    boolean strings = Arrays.stream(arguments).allMatch(argument -> argument == String.class);
    if (strings && type.getRawType() == List.class) {
      return new OptionType("list", "a list ( … )", "", true, OptionType::strings);
    }
    if (strings && type.getRawType() == Map.class) {
      return new OptionType(
          "dictionary", "a dictionary [ key = value ]", "", true, OptionType::map);
    }
    throw new IllegalArgumentException("no option can have the type " + type);
  }

  private static OptionType scalar(
      String name, String expected, Function<String, Object> conversion) {
    return scalar(name, expected, "", conversion);
  }

  private static OptionType scalar(
      String name, String expected, String range, Function<String, Object> conversion) {
    return new OptionType(
        name,
        expected,
        range,
        false,
        value -> {
          if (value instanceof ConfigValue.Text(String text, char _)) {
            return conversion.apply(text);
          }
          throw new IllegalArgumentException("");
        });
  }

  private static OptionType number(
      Option option, long least, long most, Function<Long, Object> boxed) {
    long min = Math.max(option.min(), least);
    long max = Math.min(option.max(), most);
    Option.Unit unit = option.unit();
    String range = range(option);
    String bounds = bounds(option);
    return switch (unit) {
      case SIZE ->
          scalar(
              "size",
              "a size in octets, K, M or G" + range,
              bounds,
              text -> boxed.apply(inRange(size(text), min, max)));
      case OCTAL ->
          scalar(
              "octal",
              "an octal file mode" + range,
              bounds,
              text -> boxed.apply(inRange(parse(text, 8), Math.max(min, 0), max)));
      case NONE, MILLISECONDS ->
          scalar(
              "number",
              "a whole number" + range,
              bounds,
              text -> boxed.apply(inRange(parse(text, 10), min, max)));
    };
  }

  private static OptionType duration(Option option) {
    boolean milliseconds = option.unit() == Option.Unit.MILLISECONDS;
    return scalar(
        milliseconds ? "milliseconds" : "seconds",
        (milliseconds ? "a number of milliseconds" : "a number of seconds")
            + " or a time like \"4 hours\""
            + range(option),
        bounds(option),
        text -> {
          Duration found = duration(text.strip(), milliseconds);
          long count = milliseconds ? found.toMillis() : found.toSeconds();
          inRange(count, Math.max(0, option.min()), option.max());
          return found;
        });
  }

  private static String range(Option option) {
    boolean least = option.min() != Long.MIN_VALUE;
    boolean most = option.max() != Long.MAX_VALUE;
    String min = bound(option, option.min());
    String max = bound(option, option.max());
    return least && most
        ? " from " + min + " to " + max
        : least ? " of at least " + min : most ? " of at most " + max : "";
  }

  private static String bounds(Option option) {
    String min = option.min() == Long.MIN_VALUE ? "" : bound(option, option.min());
    String max = option.max() == Long.MAX_VALUE ? "" : bound(option, option.max());
    return min.isEmpty() && max.isEmpty() ? "" : min + ".." + max;
  }

  /** A bound in the form that values of the option are written in. */
  private static String bound(Option option, long number) {
    return option.unit() == Option.Unit.OCTAL && number != 0
        ? "0" + Long.toOctalString(number)
        : Long.toString(number);
  }

  private static OptionType enumeration(Class<?> type) {
    Map<String, Object> constants = new LinkedHashMap<>();
    for (Object constant : type.getEnumConstants()) {
      constants.put(((Enum<?>) constant).name().toLowerCase(Locale.ROOT), constant);
    }
    String names = String.join(", ", constants.keySet());
    return scalar(
        "one of " + names,
        "one of " + names,
        text -> {
          Object found = constants.get(text.toLowerCase(Locale.ROOT).replace('-', '_'));
          if (found == null) {
            throw new IllegalArgumentException(
                Words.nearest(text.toLowerCase(Locale.ROOT), constants.keySet())
                    .map(near -> "did you mean " + near + "?")
                    .orElse(""));
          }
          return found;
        });
  }

  /** A class that reads its values itself. */
  private static OptionType own(Class<?> type) {
    String expected = type.getAnnotation(OptionValue.class).expected();
    Optional<Method> dictionary = parse(type, Map.class);
    if (dictionary.isPresent()) {
      return new OptionType(
          "dictionary", expected, "", true, value -> parsed(dictionary.get(), map(value)));
    }
    Method text =
        parse(type, String.class)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        type.getName() + " has no method parse(String) and no parse(Map)"));
    return scalar("string", expected, value -> parsed(text, value));
  }

  private static Optional<Method> parse(Class<?> type, Class<?> written) {
    try {
      return Optional.of(type.getMethod("parse", written));
    } catch (NoSuchMethodException e) {
      return Optional.empty();
    }
  }

  private static Object parsed(Method parse, Object written) {
    try {
      return parse.invoke(null, written);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException(parse + " failed", e);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(parse + " is not public", e);
    }
  }

  private static Object bool(String text) {
    Boolean found = BOOLEANS.get(text.toLowerCase(Locale.ROOT));
    if (found == null) {
      throw new IllegalArgumentException("");
    }
    return found;
  }

  private static Pattern pattern(String text) {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(e.getDescription() + " at " + e.getIndex(), e);
    }
  }

  private static long inRange(long number, long min, long max) {
    if (number < min || number > max) {
      throw new IllegalArgumentException("out of range");
    }
    return number;
  }

  private static long parse(String text, int radix) {
    try {
      return Long.parseLong(text, radix);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("", e);
    }
  }

  private static long size(String text) {
    int last = text.length() - 1;
    int shift =
        last < 0
            ? 0
            : switch (text.charAt(last)) {
              case 'k', 'K' -> 10;
              case 'm', 'M' -> 20;
              case 'g', 'G' -> 30;
              default -> 0;
            };
    long number = parse(shift == 0 ? text : text.substring(0, last), 10);
    if (number > Long.MAX_VALUE >> shift || number < Long.MIN_VALUE >> shift) {
      throw new IllegalArgumentException("out of range");
    }
    return number << shift;
  }

  /** A plain number counts the unit; else number and unit, {@code 4 hours}. */
  private static Duration duration(String text, boolean milliseconds) {
    int digits = 0;
    while (digits < text.length() && Character.digit(text.charAt(digits), 10) >= 0) {
      digits++;
    }
    long number = parse(text.substring(0, digits), 10);
    String unit = text.substring(digits).strip().toLowerCase(Locale.ROOT);
    if (unit.isEmpty()) {
      return milliseconds ? Duration.ofMillis(number) : Duration.ofSeconds(number);
    }
    Long seconds = TIME_UNITS.get(unit.endsWith("s") ? unit.substring(0, unit.length() - 1) : unit);
    if (seconds == null || number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("");
    }
    return Duration.ofSeconds(number * seconds);
  }

  /** A word alone is a list of one. */
  private static List<String> strings(ConfigValue value) {
    return switch (value) {
      case ConfigValue.Text(String text, char _) -> List.of(text);
      case ConfigValue.Items(List<ConfigValue> items) -> {
        List<String> texts = new ArrayList<>(items.size());
        for (ConfigValue item : items) {
          texts.add(text(item));
        }
        yield List.copyOf(texts);
      }
      case ConfigValue.Dictionary _ -> throw new IllegalArgumentException("");
    };
  }

  private static Map<String, String> map(ConfigValue value) {
    if (value instanceof ConfigValue.Dictionary(Map<String, ConfigValue> entries)) {
      return entries.entrySet().stream()
          .collect(
              Collectors.collectingAndThen(
                  Collectors.toMap(
                      Map.Entry::getKey,
                      entry -> text(entry.getValue()),
                      (_, last) -> last,
                      LinkedHashMap::new),
                  Collections::unmodifiableMap));
    }
    throw new IllegalArgumentException("");
  }

  private static String text(ConfigValue value) {
    if (value instanceof ConfigValue.Text(String text, char _)) {
      return text;
    }
    throw new IllegalArgumentException("it holds " + value.describe());
  }

  /** The default as an annotation says it: lists are separated by blanks. */
  Optional<ConfigValue> defaultValue(String written) {
    if (!aggregate) {
      return written.isEmpty() ? Optional.empty() : Optional.of(ConfigValue.Text.bare(written));
    }
    if (name.equals("dictionary")) {
      return written.isEmpty()
          ? Optional.of(new ConfigValue.Dictionary(Map.of()))
          : Optional.of(ConfigValue.Text.bare(written)); // refused by convert
    }
    List<ConfigValue> items =
        Arrays.stream(written.strip().split("\\s+"))
            .filter(item -> !item.isEmpty())
            .<ConfigValue>map(ConfigValue.Text::bare)
            .toList();
    return Optional.of(new ConfigValue.Items(items));
  }
}
