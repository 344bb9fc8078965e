package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.ConsoleWords.Word;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.OptionDeclaration;
import org.impetusmta.core.config.option.PlannedStanza;
import org.impetusmta.core.config.option.ScopeRules;
import org.impetusmta.core.config.option.Words;

/**
 * One configuration as the {@code config} commands read it: the one in force, or that of a
 * transaction. What is asked for is a {@link Target}, typed as scope names and an option.
 * Immutable. Source: console_commands.config.
 */
public final class ConfigView {
  private final OptionCatalog catalog;
  private final ConfigScope root;

  ConfigView(OptionCatalog catalog, ConfigScope root) {
    this.catalog = catalog;
    this.root = root;
  }

  /** The global scope. */
  ConfigScope root() {
    return root;
  }

  /**
   * A scope, an option in it, and what was typed behind.
   *
   * @param rest the value to set, as it was typed
   */
  public record Target(ConfigPath path, Optional<String> option, String rest) {
    /**
     * The option's name.
     *
     * @throws ConfigException when a scope was typed without one
     */
    public String requireOption() throws ConfigException {
      return option.orElseThrow(() -> new ConfigException("expected the name of an option"));
    }

    /**
     * What was typed behind the option, an equals sign before it or not.
     *
     * @throws ConfigException when it is not one value
     */
    public ConfigValue value() throws ConfigException {
      String text = rest.strip();
      String value = text.startsWith("=") ? text.substring(1) : text;
      if (value.isBlank()) {
        throw new ConfigException("expected a value behind " + requireOption());
      }
      return ConfigParser.parseValue(value);
    }

    /**
     * This target.
     *
     * @throws ConfigException when something was typed behind the option
     */
    public Target requireNoValue() throws ConfigException {
      if (!rest.isBlank()) {
        throw new ConfigException(
            "found \"%s\" behind the option %s, expected nothing"
                .formatted(rest.strip(), option.orElse("")));
      }
      return this;
    }
  }

  /**
   * Understands what was typed: names of stanzas, each with its instance name if it has one, then
   * the name of an option. A stanza that may have a name or not takes the next word as one if there
   * is such a stanza, or if the word is nothing else that could follow.
   *
   * @throws ConfigException when a name is not known
   */
  public Target target(String typed) throws ConfigException {
    List<Word> words = ConsoleWords.of(typed);
    List<ConfigPath.Step> steps = new ArrayList<>();
    Optional<ConfigScope> scope = Optional.of(root);
    String key = ScopeRules.GLOBAL;
    int i = 0;
    while (i < words.size()) {
      Word word = words.get(i);
      String name = word.text().toLowerCase(Locale.ROOT);
      if (word.quoted() || !catalog.isStanza(key, name)) {
        return new Target(
            new ConfigPath(steps), Optional.of(optionName(key, word)), rest(typed, word));
      }
      String inner = ScopeRules.key(key, name);
      Optional<Word> next = i + 1 < words.size() ? Optional.of(words.get(i + 1)) : Optional.empty();
      Optional<String> instance =
          isInstance(name, inner, next, scope) ? next.map(Word::text) : Optional.empty();
      ConfigValidator.requireStanza(catalog, key, word.text(), instance);
      ConfigPath.Step step = step(scope, word.text(), instance);
      steps.add(step);
      scope = scope.flatMap(found -> found.scope(name, instance));
      key = inner;
      i += instance.isPresent() ? 2 : 1;
    }
    return new Target(new ConfigPath(steps), Optional.empty(), "");
  }

  /** The name in front of an equals sign that follows without white space. */
  private String optionName(String key, Word word) throws ConfigException {
    int equals = word.quoted() ? -1 : word.text().indexOf('=');
    String name = equals > 0 ? word.text().substring(0, equals) : word.text();
    ConfigValidator.requireOption(catalog, key, name);
    return catalog
        .find(key, name.toLowerCase(Locale.ROOT))
        .map(OptionDeclaration::displayName)
        .orElse(name);
  }

  private static String rest(String typed, Word option) {
    int equals = option.quoted() ? -1 : option.text().indexOf('=');
    return typed.substring(equals > 0 ? option.start() + equals : option.end());
  }

  private boolean isInstance(
      String name, String inner, Optional<Word> next, Optional<ConfigScope> scope) {
    return switch (ScopeRules.instanceOf(name)) {
      case NEEDED -> next.isPresent();
      case REFUSED -> false;
      case ALLOWED ->
          next.isPresent()
              && (next.get().quoted()
                  || scope
                      .flatMap(found -> found.scope(name, Optional.of(next.get().text())))
                      .isPresent()
                  || !follows(inner, next.get().text().toLowerCase(Locale.ROOT)));
    };
  }

  private boolean follows(String key, String word) {
    int equals = word.indexOf('=');
    String name = equals > 0 ? word.substring(0, equals) : word;
    return catalog.find(key, name).isPresent() || catalog.isStanza(key, name);
  }

  /** A stanza that is there is spelled as its operator spelled it. */
  private static ConfigPath.Step step(
      Optional<ConfigScope> scope, String typed, Optional<String> instance) {
    return scope
        .flatMap(found -> found.scope(typed.toLowerCase(Locale.ROOT), instance))
        .map(found -> new ConfigPath.Step(found.written(), found.instance()))
        .orElseGet(() -> new ConfigPath.Step(typed, instance));
  }

  /** Refuses a path that no file could say. */
  void require(ConfigPath path) throws ConfigException {
    String key = ScopeRules.GLOBAL;
    for (ConfigPath.Step step : path.steps()) {
      ConfigValidator.requireStanza(catalog, key, step.written(), step.instance());
      key = ScopeRules.key(key, step.name());
    }
  }

  /** The value that the option has in just that scope. */
  public Optional<ConfigValue> get(ConfigPath path, String option) {
    return path.in(root)
        .flatMap(scope -> Optional.ofNullable(scope.option(option.toLowerCase(Locale.ROOT))))
        .map(ConfigOption::value);
  }

  /** The value in force in that scope: said there, in a scope that it falls back to, or default. */
  public Optional<ConfigValue> eval(ConfigPath path, String option) {
    Optional<OptionDeclaration> declared =
        catalog.find(path.scopeKey(), option.toLowerCase(Locale.ROOT));
    Fallback fallback = Fallback.of(root, path);
    return declared
        .flatMap(declaration -> Optional.ofNullable(fallback.find(declaration)))
        .map(ConfigOption::value)
        .or(() -> declared.flatMap(OptionDeclaration::shownDefault));
  }

  /**
   * The lines of a scope: its options, and the stanzas in it as headings or whole.
   *
   * @throws ConfigException when there is no such scope
   */
  public List<String> show(ConfigPath path, boolean recurse) throws ConfigException {
    ConfigScope scope =
        path.in(root)
            .orElseThrow(
                () -> new ConfigException("there is no scope " + path.typed() + nearest(path)));
    ScopePrinter printer = new ScopePrinter("\n", catalog::isSecret);
    if (recurse && !path.isGlobal()) {
      printer.stanza(scope, "");
    } else {
      printer.entries(scope, "", recurse);
    }
    return printer.toString().lines().toList();
  }

  /**
   * The domain stanzas that hold for {@code name}, whole: the exact one, then the regex ones; those
   * that stand in bindings and groups behind the others.
   */
  public List<String> domains(String name) {
    ScopePrinter printer = new ScopePrinter("\n", catalog::isSecret);
    domains(root, "", name, printer);
    for (ConfigScope binding : root.scopes("binding")) {
      domains(binding, binding.heading() + " ", name, printer);
    }
    for (ConfigScope group : root.scopes("binding_group")) {
      domains(group, group.heading() + " ", name, printer);
      for (ConfigScope binding : group.scopes("binding")) {
        domains(binding, group.heading() + " " + binding.heading() + " ", name, printer);
      }
    }
    return printer.toString().lines().toList();
  }

  private static void domains(
      ConfigScope container, String where, String name, ScopePrinter printer) {
    for (ConfigScope domain : ScopeMatches.names(container, "domain", name)) {
      printer.stanza(where + "Domain " + domain.instance().orElse(""), domain);
    }
  }

  /** Whether the value of that option is not to be shown. */
  public boolean isSecret(String option) {
    return catalog.isSecret(option.toLowerCase(java.util.Locale.ROOT));
  }

  private String nearest(ConfigPath path) {
    ConfigPath.Step last = path.steps().getLast();
    TreeSet<String> names = new TreeSet<>();
    new ConfigPath(path.steps().subList(0, path.steps().size() - 1))
        .in(root)
        .ifPresent(
            parent ->
                parent
                    .scopes(last.name())
                    .forEach(scope -> scope.instance().ifPresent(names::add)));
    return last.instance()
        .flatMap(instance -> Words.nearest(instance, names))
        .map(near -> "; did you mean " + near + "?")
        .orElse("");
  }

  /**
   * A scope that was located.
   *
   * @param heading {@code Listen ":25"}
   */
  public record Located(String heading, ConfigPath path) {}

  /**
   * All stanzas of a name, wherever they stand, whose instance name has a match for {@code regex}.
   *
   * @throws ConfigException when the stanza is not known or the pattern is none
   */
  public List<Located> locate(String stanza, Optional<String> regex) throws ConfigException {
    String name = stanza.toLowerCase(Locale.ROOT);
    Optional<PlannedStanza> later = catalog.plannedStanza(ScopeRules.GLOBAL, name);
    if (later.isPresent()) {
      throw new ConfigException(later.get().refusal());
    }
    if (!catalog.allStanzas().contains(name)) {
      throw new ConfigException(
          "unknown scope \"%s\"%s"
              .formatted(
                  stanza,
                  Words.nearest(name, catalog.allStanzas())
                      .map(near -> "; did you mean " + near + "?")
                      .orElse("")));
    }
    try {
      Optional<Pattern> pattern = regex.map(Pattern::compile);
      List<Located> found = new ArrayList<>();
      locate(root, List.of(), name, pattern, found);
      return found;
    } catch (PatternSyntaxException e) {
      throw new ConfigException(
          "found \"%s\", expected a regular expression: %s"
              .formatted(e.getPattern(), e.getDescription()),
          e);
    }
  }

  private static void locate(
      ConfigScope scope,
      List<ConfigPath.Step> way,
      String name,
      Optional<Pattern> pattern,
      List<Located> found) {
    for (ConfigEntry entry : scope.entries()) {
      if (entry instanceof ConfigScope inner) {
        List<ConfigPath.Step> steps = new ArrayList<>(way);
        steps.add(new ConfigPath.Step(inner.written(), inner.instance()));
        if (inner.name().equals(name)
            && pattern
                .map(regex -> regex.matcher(inner.instance().orElse("")).find())
                .orElse(true)) {
          found.add(new Located(inner.heading(), new ConfigPath(steps)));
        }
        locate(inner, steps, name, pattern, found);
      }
    }
  }

  /** The words that {@code typed}, which may end in the middle of a word, could go on with. */
  public List<String> complete(List<String> typed) {
    ConfigPath path;
    try {
      StringBuilder before = new StringBuilder();
      for (String word : typed.subList(0, Math.max(0, typed.size() - 1))) {
        Words.print(before, word);
        before.append(' ');
      }
      Target target = target(before.toString());
      if (target.option().isPresent()) {
        return List.of();
      }
      path = target.path();
    } catch (ConfigException _) {
      return completeInstance(typed);
    }
    String begun = typed.isEmpty() ? "" : typed.getLast().toLowerCase(Locale.ROOT);
    return Stream.concat(
            catalog.stanzas(path.scopeKey()).stream(), catalog.options(path.scopeKey()).stream())
        .filter(word -> word.startsWith(begun))
        .distinct()
        .sorted()
        .toList();
  }

  /** What stands before needs an instance name: those that there are. */
  private List<String> completeInstance(List<String> typed) {
    if (typed.size() < 2) {
      return List.of();
    }
    String stanza = typed.get(typed.size() - 2).toLowerCase(Locale.ROOT);
    try {
      return locate(stanza, Optional.empty()).stream()
          .flatMap(located -> located.path().steps().getLast().instance().stream())
          .filter(name -> name.startsWith(typed.getLast()))
          .distinct()
          .sorted()
          .toList();
    } catch (ConfigException _) {
      return List.of();
    }
  }
}
