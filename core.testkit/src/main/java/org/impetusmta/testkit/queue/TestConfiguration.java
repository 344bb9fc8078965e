package org.impetusmta.testkit.queue;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;

/**
 * A configuration that a test writes option by option: the declared defaults, and what {@link #set}
 * puts over them. Every change makes the next generation. Concurrent.
 */
public final class TestConfiguration implements Configuration {
  private volatile TestGeneration current = new TestGeneration(1, List.of(), List.of());

  @Override
  public Generation current() {
    return current;
  }

  /** Configures a binding, in a group unless {@code group} is empty. */
  public synchronized TestConfiguration binding(String group, String name) {
    List<Binding> bindings = new ArrayList<>(current.bindings);
    bindings.add(new Binding(group, name));
    current = new TestGeneration(current.number + 1, current.settings, List.copyOf(bindings));
    return this;
  }

  private record Binding(String group, String name) {}

  private record TestStanza(String name, Optional<String> instance, int order, List<Stanza> inside)
      implements Stanza {
    @Override
    public List<Stanza> children(String wanted) {
      return inside.stream().filter(child -> child.name().equals(wanted)).toList();
    }

    @Override
    public String position() {
      return "test:" + order;
    }
  }

  /** Sets {@code option} (snake_case) everywhere but in hosts, which fall back to nothing. */
  public TestConfiguration set(String option, String value) {
    return set(option, value, path -> !(path instanceof ScopePath.Host), "global");
  }

  /** Sets {@code option} for the routing domain {@code domain} alone. */
  public TestConfiguration setDomain(String domain, String option, String value) {
    return set(
        option,
        value,
        path -> path instanceof ScopePath.Sending sending && sending.domain().equals(domain),
        "domain " + domain);
  }

  /** Sets {@code option} where {@code where} says so; what was set last wins. */
  public TestConfiguration set(String option, String value, Predicate<ScopePath> where) {
    return set(option, value, where, "where the test says");
  }

  /**
   * @param scope what {@link Generation#origin} calls it
   */
  public synchronized TestConfiguration set(
      String option, String value, Predicate<ScopePath> where, String scope) {
    List<Setting> settings = new ArrayList<>(current.settings);
    settings.add(new Setting(option, value, where, scope));
    current = new TestGeneration(current.number + 1, List.copyOf(settings), current.bindings);
    return this;
  }

  private record Setting(String option, String value, Predicate<ScopePath> where, String scope) {}

  private static final class TestGeneration implements Generation {
    private final long number;
    private final List<Setting> settings;
    private final List<Binding> bindings;
    private final Map<List<Object>, Record> resolved = new ConcurrentHashMap<>();

    TestGeneration(long number, List<Setting> settings, List<Binding> bindings) {
      this.number = number;
      this.settings = settings;
      this.bindings = bindings;
    }

    @Override
    public long number() {
      return number;
    }

    @Override
    public long reloads() {
      return number;
    }

    @Override
    public List<Stanza> stanzas(String name) {
      List<Stanza> all = new ArrayList<>();
      for (int i = 0; i < bindings.size(); i++) {
        Binding one = bindings.get(i);
        Stanza binding = new TestStanza("binding", Optional.of(one.name()), i, List.of());
        all.add(
            one.group().isEmpty()
                ? binding
                : new TestStanza("binding_group", Optional.of(one.group()), i, List.of(binding)));
      }
      return all.stream().filter(stanza -> stanza.name().equals(name)).toList();
    }

    @Override
    public Optional<Origin> origin(Class<? extends Record> type, String option, ScopePath path) {
      return settings.reversed().stream()
          .filter(setting -> setting.option().equals(option) && setting.where().test(path))
          .findFirst()
          .map(setting -> new Origin(setting.scope(), "test:1"));
    }

    @Override
    public <T extends Record> T options(Class<T> type, ScopePath path) {
      return type.cast(resolved.computeIfAbsent(List.of(type, path), key -> resolve(type, path)));
    }

    private <T extends Record> T resolve(Class<T> type, ScopePath path) {
      RecordComponent[] components = type.getRecordComponents();
      Object[] values = new Object[components.length];
      Class<?>[] types = new Class<?>[components.length];
      for (int i = 0; i < components.length; i++) {
        Option option = components[i].getAnnotation(Option.class);
        if (option == null) {
          throw new IllegalArgumentException(type + "." + components[i].getName());
        }
        String name = option.name().isEmpty() ? snakeCase(components[i].getName()) : option.name();
        String text = option.value();
        boolean set = !text.isEmpty();
        for (Setting setting : settings) {
          if (setting.option().equals(name) && setting.where().test(path)) {
            text = setting.value();
            set = true;
          }
        }
        types[i] = components[i].getType();
        values[i] = value(components[i].getGenericType(), text, set, option.unit());
      }
      try {
        var constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
      } catch (ReflectiveOperationException e) {
        throw new IllegalArgumentException(type.getName(), e);
      }
    }

    private static Object value(Type type, String text, boolean set, Option.Unit unit) {
      if (type instanceof ParameterizedType generic) {
        if (generic.getRawType() == Optional.class) {
          return set
              ? Optional.of(value(generic.getActualTypeArguments()[0], text, true, unit))
              : Optional.empty();
        }
        if (generic.getRawType() == List.class) {
          return text.isBlank() ? List.of() : List.of(text.trim().split("\\s+"));
        }
      }
      if (type == boolean.class || type == Boolean.class) {
        return Boolean.valueOf(text);
      }
      if (type == int.class || type == Integer.class) {
        return Integer.valueOf(text);
      }
      if (type == long.class || type == Long.class) {
        return Long.valueOf(text);
      }
      if (type == CidrSet.class) {
        return CidrSet.parse(List.of(text.trim().split("\\s+")));
      }
      if (type == Duration.class) {
        long number = Long.parseLong(text);
        return unit == Option.Unit.MILLISECONDS
            ? Duration.ofMillis(number)
            : Duration.ofSeconds(number);
      }
      if (type == Rate.class) {
        return Rate.parse(text);
      }
      if (type == Pattern.class) {
        return Pattern.compile(text);
      }
      if (type instanceof Class<?> c && c.isEnum()) {
        for (Object constant : c.getEnumConstants()) {
          if (constant.toString().equalsIgnoreCase(text)) {
            return constant;
          }
        }
        throw new IllegalArgumentException("not one of " + c.getSimpleName() + ": " + text);
      }
      if (type == String.class) {
        return text;
      }
      throw new IllegalArgumentException("no test value of type " + type);
    }

    private static String snakeCase(String camel) {
      return camel.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
  }
}
