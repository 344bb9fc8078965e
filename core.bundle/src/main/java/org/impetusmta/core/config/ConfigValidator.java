package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.OptionDeclaration;
import org.impetusmta.core.config.option.PlannedOption;
import org.impetusmta.core.config.option.PlannedStanza;
import org.impetusmta.core.config.option.ScopeRules;
import org.impetusmta.core.config.option.Words;

/**
 * Compares a configuration with the catalogue: every stanza known and in its place, with an
 * instance name where it needs one; every option known in its scope, its value of the right type
 * and in range. Collects what is wrong, {@value #MOST_ERRORS} things at most, each with its
 * position, its scope, what was found, what was expected and the nearest known name. Single.
 */
final class ConfigValidator {
  static final int MOST_ERRORS = 20;

  private final OptionCatalog catalog;
  private final List<String> errors = new ArrayList<>();

  private ConfigValidator(OptionCatalog catalog) {
    this.catalog = catalog;
  }

  /**
   * @throws ConfigException with one error in each line of its message
   */
  static void validate(ConfigScope root, OptionCatalog catalog) throws ConfigException {
    ConfigValidator validator = new ConfigValidator(catalog);
    validator.scope(root, "");
    if (!validator.errors.isEmpty()) {
      throw new ConfigException(String.join("\n", validator.errors));
    }
  }

  /**
   * Whether an option may be said in a scope of this kind.
   *
   * @throws ConfigException when not; the message says what might be meant, but no position
   */
  static void requireOption(OptionCatalog catalog, String scopeKey, String written)
      throws ConfigException {
    String name = written.toLowerCase(java.util.Locale.ROOT);
    if (catalog.find(scopeKey, name).isPresent()) {
      return;
    }
    if (catalog.isStanza(scopeKey, name)) {
      throw new ConfigException(
          "\"" + written + "\" is a stanza, expected " + written + " { … } or an option");
    }
    Optional<String> later =
        catalog
            .planned(scopeKey, name)
            .map(PlannedOption::refusal)
            .or(() -> catalog.plannedStanza(scopeKey, name).map(PlannedStanza::refusal));
    if (later.isPresent()) {
      throw new ConfigException(later.get());
    }
    Set<String> elsewhere = catalog.scopesOf(name);
    if (!elsewhere.isEmpty()) {
      throw new ConfigException(
          "the option \"%s\" is not valid here, expected it in %s"
              .formatted(written, String.join(", ", elsewhere)));
    }
    throw new ConfigException(
        "unknown option \"%s\"%s"
            .formatted(
                written,
                Words.nearest(name, catalog.known(scopeKey))
                    .or(() -> Words.nearest(name, catalog.allOptions()))
                    .map(near -> "; did you mean " + near + "?")
                    .orElse(", expected an option of this scope")));
  }

  /**
   * Whether a stanza may be opened in a scope of this kind.
   *
   * @throws ConfigException when not; the message says what might be meant, but no position
   */
  static void requireStanza(
      OptionCatalog catalog, String parentKey, String written, Optional<String> instance)
      throws ConfigException {
    String name = written.toLowerCase(java.util.Locale.ROOT);
    if (!catalog.isStanza(parentKey, name)) {
      throw new ConfigException(unknownStanza(catalog, parentKey, written, name));
    }
    switch (ScopeRules.instanceOf(name)) {
      case NEEDED -> {
        if (instance.isEmpty() || instance.get().isEmpty()) {
          throw new ConfigException(
              "the stanza %s has no instance name, expected %s \"name\" { … }"
                  .formatted(written, written));
        }
      }
      case REFUSED -> {
        if (instance.isPresent()) {
          throw new ConfigException(
              "found the instance name \"%s\", expected the stanza %s without one"
                  .formatted(instance.get(), written));
        }
      }
      case ALLOWED -> {}
    }
    if (instance.isPresent()) {
      requireInstance(name, instance.get());
    }
  }

  private static String unknownStanza(
      OptionCatalog catalog, String parentKey, String written, String name) {
    if (catalog.find(parentKey, name).isPresent()) {
      return "\"%s\" is an option, expected %s = value".formatted(written, written);
    }
    Optional<String> later =
        catalog
            .plannedStanza(parentKey, name)
            .map(PlannedStanza::refusal)
            .or(() -> catalog.planned(parentKey, name).map(PlannedOption::refusal));
    if (later.isPresent()) {
      return later.get();
    }
    if (ScopeRules.coreStanzas().contains(name)) {
      return "the stanza \"%s\" may not stand here, expected it in %s"
          .formatted(written, ScopeRules.places(name));
    }
    if (catalog.knownStanzas(ScopeRules.GLOBAL).contains(name)) {
      return "the stanza \"%s\" may not stand here, expected it in the global scope"
          .formatted(written);
    }
    return "unknown stanza \"%s\"%s"
        .formatted(
            written,
            Words.nearest(name, catalog.knownStanzas(parentKey))
                .or(() -> Words.nearest(name, catalog.allStanzas()))
                .map(near -> "; did you mean " + near + "?")
                .orElse(", expected a stanza of the core or of an installed module"));
  }

  private static void requireInstance(String name, String instance) throws ConfigException {
    switch (name) {
      case "binding", "binding_group" -> {
        boolean colon = name.equals("binding") && instance.contains(":");
        if (colon || instance.chars().anyMatch(Character::isWhitespace)) {
          throw new ConfigException(
              "found the name \"%s\", expected a %s name without white space%s"
                  .formatted(instance, name, colon ? " or colon" : ""));
        }
      }
      case "peer" -> {
        try {
          Cidr.parse(instance);
        } catch (IllegalArgumentException e) {
          throw new ConfigException(
              "expected an address or a network block as the name of a peer: " + e.getMessage(), e);
        }
      }
      case "domain", "host" -> {
        if (ConfigScope.isRegex(instance)) {
          try {
            ScopeMatches.compile(instance);
          } catch (PatternSyntaxException e) {
            throw new ConfigException(
                "found the pattern %s, expected a regular expression: %s at %d"
                    .formatted(instance, e.getDescription(), e.getIndex()),
                e);
          }
        }
      }
      default -> {}
    }
  }

  private void scope(ConfigScope scope, String path) {
    for (ConfigEntry entry : scope.entries()) {
      if (errors.size() >= MOST_ERRORS) {
        return;
      }
      try {
        switch (entry) {
          case ConfigOption option -> option(scope, option);
          case ConfigScope inner ->
              requireStanza(catalog, scope.kind(), inner.written(), inner.instance());
        }
      } catch (ConfigException e) {
        errors.add(
            entry.where()
                + ": in "
                + (path.isEmpty() ? "the global scope" : path)
                + ": "
                + e.getMessage());
        continue;
      }
      if (entry instanceof ConfigScope inner) {
        scope(inner, path + (path.isEmpty() ? "" : ScopeRules.INSIDE) + told(inner));
      }
    }
  }

  private static String told(ConfigScope scope) {
    return scope.name() + scope.instance().map(name -> " \"" + name + "\"").orElse("");
  }

  private void option(ConfigScope scope, ConfigOption option) throws ConfigException {
    List<OptionDeclaration> declarations = catalog.findAll(scope.kind(), option.name());
    if (declarations.isEmpty()) {
      requireOption(catalog, scope.kind(), option.written());
    }
    requireValue(declarations, option.written(), option.value());
  }

  /**
   * Whether everybody who declares the option accepts the value.
   *
   * @throws ConfigException when not
   */
  static void requireValue(List<OptionDeclaration> declarations, String written, ConfigValue value)
      throws ConfigException {
    Set<String> refusals =
        declarations.stream()
            .flatMap(declaration -> refusal(declaration, value).stream())
            .collect(Collectors.toCollection(TreeSet::new));
    if (!refusals.isEmpty()) {
      throw new ConfigException("option " + written + ": " + String.join("; ", refusals));
    }
  }

  private static Optional<String> refusal(OptionDeclaration declaration, ConfigValue value) {
    try {
      declaration.type().convert(value);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
