package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One thing in which two configurations differ. Immutable. */
sealed interface Difference {
  /** The scope in which, or which, differs. */
  ConfigPath path();

  /** The option has another value, or has one now. */
  record Said(ConfigPath path, ConfigOption option) implements Difference {}

  /** The option has no value any more. */
  record Unsaid(ConfigPath path, ConfigOption option) implements Difference {}

  /** The stanza is new, with nothing in it. */
  record Opened(ConfigPath path) implements Difference {}

  /** The stanza is gone, with all that was in it. */
  record Removed(ConfigPath path) implements Difference {}

  /** For messages: {@code Gateway in domain "a.com"}. */
  default String told() {
    String where = path().isGlobal() ? "the global scope" : path().typed();
    return switch (this) {
      case Said(ConfigPath _, ConfigOption option) -> option.written() + " in " + where;
      case Unsaid(ConfigPath _, ConfigOption option) -> option.written() + " in " + where;
      case Opened _, Removed _ -> where;
    };
  }

  /** Whether this is about the same option or stanza as {@code other}, or about one inside it. */
  default boolean isWithin(Difference other) {
    if (other instanceof Removed) {
      return startsWith(path(), other.path());
    }
    return startsWith(path(), other.path())
        && path().steps().size() == other.path().steps().size()
        && option().map(ConfigOption::name).equals(other.option().map(ConfigOption::name));
  }

  private static boolean startsWith(ConfigPath path, ConfigPath start) {
    if (path.steps().size() < start.steps().size()) {
      return false;
    }
    for (int i = 0; i < start.steps().size(); i++) {
      ConfigPath.Step a = path.steps().get(i);
      ConfigPath.Step b = start.steps().get(i);
      if (!ConfigScope.key(a.name(), a.instance())
          .equals(ConfigScope.key(b.name(), b.instance()))) {
        return false;
      }
    }
    return true;
  }

  private Optional<ConfigOption> option() {
    return switch (this) {
      case Said(ConfigPath _, ConfigOption option) -> Optional.of(option);
      case Unsaid(ConfigPath _, ConfigOption option) -> Optional.of(option);
      case Opened _, Removed _ -> Optional.empty();
    };
  }

  /**
   * What makes {@code to} of {@code from}, in the order of {@code to}. The order of entries in a
   * scope is no difference; neither is what {@link ImplicitConfiguration} says.
   */
  static List<Difference> between(ConfigScope from, ConfigScope to) {
    List<Difference> found = new ArrayList<>();
    compare(from, to, ConfigPath.GLOBAL, found);
    return found;
  }

  private static void compare(
      ConfigScope from, ConfigScope to, ConfigPath path, List<Difference> found) {
    if (from == to) {
      return;
    }
    for (ConfigEntry entry : from.entries()) {
      switch (entry) {
        case ConfigOption option -> {
          if (to.option(option.name()) == null) {
            found.add(new Unsaid(path, option));
          }
        }
        case ConfigScope scope -> {
          if (to.scope(scope.name(), scope.instance()).isEmpty()) {
            found.add(new Removed(path.inside(scope)));
          }
        }
      }
    }
    for (ConfigEntry entry : to.entries()) {
      switch (entry) {
        case ConfigOption option -> {
          ConfigOption before = from.option(option.name());
          boolean same =
              before == null
                  ? ImplicitConfiguration.isImplicit(option)
                  : before.value().equals(option.value());
          if (!same) {
            found.add(new Said(path, option));
          }
        }
        case ConfigScope scope -> compareScope(from, scope, path.inside(scope), found);
      }
    }
  }

  private static void compareScope(
      ConfigScope from, ConfigScope scope, ConfigPath path, List<Difference> found) {
    Optional<ConfigScope> before = from.scope(scope.name(), scope.instance());
    if (before.isPresent()) {
      compare(before.get(), scope, path, found);
    } else if (!scope.entries().isEmpty()) {
      compare(ConfigScope.EMPTY, scope, path, found);
    } else if (!ImplicitConfiguration.isImplicit(scope)) {
      found.add(new Opened(path));
    }
  }

  /**
   * Whether domains and hosts that are patterns stand in the same order in both: the first that
   * matches has the say.
   */
  static boolean sameOrderOfPatterns(ConfigScope a, ConfigScope b) {
    if (a == b) {
      return true;
    }
    if (!patterns(a, b).equals(patterns(b, a))) {
      return false;
    }
    for (ConfigEntry entry : a.entries()) {
      if (entry instanceof ConfigScope scope
          && !b.scope(scope.name(), scope.instance())
              .map(other -> sameOrderOfPatterns(scope, other))
              .orElse(true)) {
        return false;
      }
    }
    return true;
  }

  private static List<String> patterns(ConfigScope scope, ConfigScope other) {
    List<String> found = new ArrayList<>();
    for (ConfigEntry entry : scope.entries()) {
      if (entry instanceof ConfigScope inner
          && inner.isPattern()
          && other.scope(inner.name(), inner.instance()).isPresent()) {
        found.add(ConfigScope.key(inner));
      }
    }
    return found;
  }
}
