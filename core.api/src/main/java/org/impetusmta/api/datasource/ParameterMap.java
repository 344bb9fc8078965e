package org.impetusmta.api.datasource;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * The option {@code map} of modules that ask a source: names of a query's parameters and what they
 * are given, text with macros {@code %{name}} or {@code %{name||default}}, whose default stands in
 * for an empty value. What a value holds is never looked at for further macros. Immutable. Source:
 * modules.auth_ds, modules.auth_radius, modules.alias.
 */
public final class ParameterMap {
  /** No parameters. */
  public static final ParameterMap EMPTY = new ParameterMap(Map.of());

  private final Map<String, List<Part>> templates;

  /** Text as it is where {@code macro} is empty; else the macro, and what stands in for it. */
  private record Part(String macro, String text) {}

  private ParameterMap(Map<String, List<Part>> templates) {
    this.templates = templates;
  }

  /**
   * Reads the dictionary.
   *
   * @param macros the names that may be used
   * @throws IllegalArgumentException where another is; the message says what was expected
   */
  public static ParameterMap parse(Map<String, String> written, Set<String> macros) {
    Map<String, List<Part>> templates = new LinkedHashMap<>();
    written.forEach((name, text) -> templates.put(name, parts(name, text, macros)));
    return new ParameterMap(templates);
  }

  private static List<Part> parts(String name, String text, Set<String> macros) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    for (int open = text.indexOf("%{"); open >= 0; open = text.indexOf("%{", at)) {
      int end = text.indexOf('}', open);
      if (end < 0) {
        throw new IllegalArgumentException(
            "map: %s = \"%s\": a %%{ without its }".formatted(name, text));
      }
      if (open > at) {
        parts.add(new Part("", text.substring(at, open)));
      }
      String inside = text.substring(open + 2, end);
      int bars = inside.indexOf("||");
      String macro = bars < 0 ? inside : inside.substring(0, bars);
      if (!macros.contains(macro)) {
        throw new IllegalArgumentException(
            "map: %s = \"%s\": found the macro %%{%s}, expected one of %s"
                .formatted(name, text, macro, String.join(", ", new TreeSet<>(macros))));
      }
      parts.add(new Part(macro, bars < 0 ? "" : inside.substring(bars + 2)));
      at = end + 1;
    }
    if (at < text.length()) {
      parts.add(new Part("", text.substring(at)));
    }
    return List.copyOf(parts);
  }

  /** Whether a parameter is made of that macro. */
  public boolean uses(String macro) {
    return templates.values().stream()
        .flatMap(List::stream)
        .anyMatch(part -> part.macro.equals(macro));
  }

  /** The names of the parameters, in their order. */
  public Set<String> names() {
    return templates.keySet();
  }

  /**
   * The parameters of one query.
   *
   * @param value what a macro stands for; asked for each time that it is used
   */
  public Map<String, String> expand(UnaryOperator<String> value) {
    Map<String, String> expanded = new LinkedHashMap<>();
    templates.forEach(
        (name, parts) -> {
          StringBuilder text = new StringBuilder();
          for (Part part : parts) {
            String known = part.macro.isEmpty() ? "" : value.apply(part.macro);
            text.append(known.isEmpty() ? part.text : known);
          }
          expanded.put(name, text.toString());
        });
    return expanded;
  }
}
