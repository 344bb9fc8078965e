package org.impetusmta.testkit.smtp;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionValue;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;

/**
 * A generation without a parser: option names and their text, the same in every scope. Reads
 * {@code @Option} records as far as tests need: numbers, sizes without a letter, seconds, lists,
 * blocks of addresses and {@code name=value} pairs separated by blanks. Safe for any thread.
 */
public final class FlatGeneration implements Generation {
  private final long number;
  private final long reloads;
  private final Map<String, String> values;
  private final List<Stanza> stanzas;
  private final Map<Class<?>, Record> known = new ConcurrentHashMap<>();

  /**
   * @param values option names in lower case
   */
  public FlatGeneration(
      long number, long reloads, Map<String, String> values, List<Stanza> stanzas) {
    this.number = number;
    this.reloads = reloads;
    this.values = Map.copyOf(values);
    this.stanzas = List.copyOf(stanzas);
  }

  /** A stanza in a test. */
  public record Plain(String name, Optional<String> instance, List<Stanza> inner)
      implements Stanza {
    @Override
    public List<Stanza> children(String wanted) {
      return inner.stream().filter(stanza -> stanza.name().equals(wanted)).toList();
    }

    @Override
    public int order() {
      return 0;
    }

    @Override
    public String position() {
      return "test:1";
    }
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public long reloads() {
    return reloads;
  }

  @Override
  public List<Stanza> stanzas(String name) {
    return stanzas.stream().filter(stanza -> stanza.name().equals(name)).toList();
  }

  @Override
  public <T extends Record> T options(Class<T> type, ScopePath path) {
    return type.cast(known.computeIfAbsent(type, this::read));
  }

  private Record read(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] arguments = new Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      Option option = components[i].getAnnotation(Option.class);
      String name = option.name().isEmpty() ? snake(components[i].getName()) : option.name();
      types[i] = components[i].getType();
      String text = values.get(name);
      if (option.unit() == Option.Unit.OCTAL) {
        arguments[i] = Integer.valueOf(text == null ? option.value() : text, 8);
        continue;
      }
      if (types[i] == Optional.class) {
        Type inner =
            ((ParameterizedType) components[i].getGenericType()).getActualTypeArguments()[0];
        String found = text == null && !option.value().isEmpty() ? option.value() : text;
        arguments[i] = Optional.ofNullable(found).map(t -> value(inner, t));
      } else {
        arguments[i] = value(components[i].getGenericType(), text == null ? option.value() : text);
      }
    }
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return (Record) constructor.newInstance(arguments);
    } catch (ReflectiveOperationException wrong) {
      throw new IllegalArgumentException("no option set: " + type, wrong);
    }
  }

  private static String snake(String name) {
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static Object value(Type type, String text) {
    Class<?> raw =
        type instanceof ParameterizedType p ? (Class<?>) p.getRawType() : (Class<?>) type;
    if (raw == String.class) {
      return text;
    } else if (raw == boolean.class || raw == Boolean.class) {
      return Boolean.valueOf(text);
    } else if (raw == int.class || raw == Integer.class) {
      return Integer.valueOf(text);
    } else if (raw == long.class || raw == Long.class) {
      return Long.valueOf(text);
    } else if (raw == Duration.class) {
      return Duration.ofSeconds(Long.parseLong(text));
    } else if (raw == Rate.class) {
      return Rate.parse(text);
    } else if (raw == Pattern.class) {
      return Pattern.compile(text);
    } else if (raw.isEnum()) {
      return Arrays.stream(raw.getEnumConstants())
          .filter(constant -> constant.toString().equalsIgnoreCase(text))
          .findFirst()
          .orElseThrow();
    } else if (raw == List.class) {
      return words(text);
    } else if (raw == CidrSet.class) {
      return CidrSet.parse(words(text));
    } else if (raw == Map.class) {
      return pairs(text);
    }
    if (raw.isAnnotationPresent(OptionValue.class)) {
      return own(raw, text);
    }
    throw new IllegalArgumentException("an option of type " + type + " in a test");
  }

  private static Map<String, String> pairs(String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    Arrays.stream(text.strip().split("\\s+"))
        .filter(pair -> !pair.isEmpty())
        .forEach(pair -> pairs.put(pair.split("=")[0], pair.split("=", 2)[1]));
    return pairs;
  }

  /** A class that reads its values itself, from a text or from a dictionary. */
  private static Object own(Class<?> type, String text) {
    boolean dictionary =
        Arrays.stream(type.getMethods())
            .anyMatch(
                method ->
                    method.getName().equals("parse")
                        && List.of(method.getParameterTypes()).equals(List.of(Map.class)));
    try {
      return dictionary
          ? type.getMethod("parse", Map.class).invoke(null, pairs(text))
          : type.getMethod("parse", String.class).invoke(null, text);
    } catch (ReflectiveOperationException wrong) {
      throw new IllegalArgumentException(text + " for " + type, wrong);
    }
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }
}
