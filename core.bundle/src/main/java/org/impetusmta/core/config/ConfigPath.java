package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.impetusmta.core.config.option.ScopeRules;
import org.impetusmta.core.config.option.Words;

/**
 * The way from the global scope to a scope, {@code Esmtp_Listener Listen ":25"}. The scope need not
 * exist. Immutable.
 */
public record ConfigPath(List<Step> steps) {
  /** The global scope. */
  public static final ConfigPath GLOBAL = new ConfigPath(List.of());

  public ConfigPath {
    steps = List.copyOf(steps);
  }

  /** One stanza of the way. */
  public record Step(String written, Optional<String> instance) {
    /** The stanza's name in lower case. */
    public String name() {
      return written.toLowerCase(Locale.ROOT);
    }
  }

  /** The way to a stanza in the scope at the end of this path. */
  ConfigPath inside(ConfigScope stanza) {
    List<Step> longer = new ArrayList<>(steps);
    longer.add(new Step(stanza.written(), stanza.instance()));
    return new ConfigPath(longer);
  }

  /** The first stanzas of the way. */
  ConfigPath first(int count) {
    return new ConfigPath(steps.subList(0, count));
  }

  /** The way that is left behind the first stanzas. */
  ConfigPath behind(int count) {
    return new ConfigPath(steps.subList(count, steps.size()));
  }

  /** The scope at the end of this path, if it exists. */
  Optional<ConfigScope> in(ConfigScope root) {
    Optional<ConfigScope> found = Optional.of(root);
    for (Step step : steps) {
      found = found.flatMap(scope -> scope.scope(step.name(), step.instance()));
    }
    return found;
  }

  /** The instance name of the last stanza of that name on the way. */
  Optional<String> instance(String stanza) {
    return steps.reversed().stream()
        .filter(step -> step.name().equals(stanza))
        .findFirst()
        .flatMap(Step::instance);
  }

  /** What kind of scope it leads to, see {@link ScopeRules}. */
  String scopeKey() {
    String key = ScopeRules.GLOBAL;
    for (Step step : steps) {
      key = ScopeRules.key(key, step.name());
    }
    return key;
  }

  /** Whether it leads to the global scope. */
  public boolean isGlobal() {
    return steps.isEmpty();
  }

  /** How the operator would type it, {@code esmtp_listener listen :25}. */
  public String typed() {
    StringBuilder out = new StringBuilder();
    for (Step step : steps) {
      out.append(out.isEmpty() ? "" : " ").append(step.written());
      step.instance()
          .ifPresent(
              instance -> {
                out.append(' ');
                Words.print(out, instance);
              });
    }
    return out.toString();
  }

  /**
   * How {@code config locate} says it, {@code Esmtp_Listener::Listen:\:25:}: stanzas end with a
   * colon, then comes the instance if there is one; colons inside names are escaped.
   */
  public String located() {
    return steps.stream()
        .map(step -> step.written() + ":" + step.instance().map(ConfigPath::escaped).orElse(""))
        .collect(Collectors.joining(":", "", ":"));
  }

  private static String escaped(String name) {
    return name.replace("\\", "\\\\").replace(":", "\\:");
  }
}
