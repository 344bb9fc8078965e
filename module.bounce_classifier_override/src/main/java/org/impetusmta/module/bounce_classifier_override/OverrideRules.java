package org.impetusmta.module.bounce_classifier_override;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.Classified;
import org.jspecify.annotations.Nullable;

/**
 * All rules of one kind, those of the operator before those of the system, in the order of their
 * files. Immutable.
 */
final class OverrideRules {
  static final OverrideRules NONE = new OverrideRules(List.of());

  private final Map<String, List<OverrideRule>> byDomain = new HashMap<>();
  private final List<OverrideRule> all;

  OverrideRules(List<OverrideRule> rules) {
    all = List.copyOf(rules);
    for (OverrideRule rule : rules) {
      byDomain.computeIfAbsent(rule.domain(), d -> new ArrayList<>()).add(rule);
    }
  }

  /**
   * Reads lines {@code domain,code,rule}, or {@code code,rule} where rules have no domain. Empty
   * lines and those that begin with {@code #} are none; a rule may have commas.
   *
   * @param custom classes of the operator
   * @throws IllegalArgumentException when a line cannot be read; says which
   */
  static List<OverrideRule> parse(
      List<String> lines, boolean domains, Map<Integer, BounceClass> custom) {
    List<OverrideRule> rules = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      try {
        String[] cells = line.split(",", domains ? 3 : 2);
        if (cells.length < (domains ? 3 : 2)) {
          throw new IllegalArgumentException(
              "expected " + (domains ? "domain,code,rule" : "code,rule"));
        }
        String domain = domains ? cells[0].strip() : "";
        String code = cells[domains ? 1 : 0].strip();
        rules.add(OverrideRule.of(domain, bounceClass(code, custom), cells[domains ? 2 : 1]));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("line " + (i + 1) + ": " + e.getMessage(), e);
      }
    }
    return rules;
  }

  private static BounceClass bounceClass(String code, Map<Integer, BounceClass> custom) {
    int number;
    try {
      number = Integer.parseInt(code);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "code \"" + code + "\": expected the number of a class", e);
    }
    return BounceClass.of(number)
        .or(() -> Optional.ofNullable(custom.get(number)))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "code " + number + ": expected a built-in class, or one of custom_classes"));
  }

  int size() {
    return all.size();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OverrideRules rules && rules.all.equals(all);
  }

  @Override
  public int hashCode() {
    return all.hashCode();
  }

  /** The first rule that matches, those of the domain before those of all. */
  Optional<Classified> classify(String text, String domain) {
    if (all.isEmpty()) {
      return Optional.empty();
    }
    String lower = text.toLowerCase(Locale.ROOT);
    Optional<Classified> found =
        domain.isEmpty() ? Optional.empty() : first(byDomain.get(domain), lower);
    return found.or(() -> first(byDomain.get(""), lower));
  }

  private static Optional<Classified> first(@Nullable List<OverrideRule> rules, String lower) {
    if (rules != null) {
      for (OverrideRule rule : rules) {
        if (rule.matches(lower)) {
          return Optional.of(new Classified(rule.bounceClass(), rule.text()));
        }
      }
    }
    return Optional.empty();
  }
}
