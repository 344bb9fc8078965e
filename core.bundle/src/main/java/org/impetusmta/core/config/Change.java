package org.impetusmta.core.config;

import java.util.Locale;
import java.util.Optional;
import org.impetusmta.core.config.option.ConfigValue;

/** One change of a transaction. Immutable. */
sealed interface Change {
  /** Where changes come from that no file says. */
  Position AT_CONSOLE = new Position("console", 1, 1);

  /** The configuration with this change. */
  ConfigScope apply(ConfigScope root);

  /** The command that does it. */
  String command();

  /** Gives an option a value. */
  record Set(ConfigPath path, String option, ConfigValue value) implements Change {
    @Override
    public ConfigScope apply(ConfigScope root) {
      return root.changed(
          path.steps(), scope -> scope.with(new ConfigOption(written(scope), value, AT_CONSOLE)));
    }

    /** An option that is there keeps the spelling that the operator gave it. */
    private String written(ConfigScope scope) {
      ConfigOption there = scope.option(option.toLowerCase(Locale.ROOT));
      return there == null ? option : there.written();
    }

    @Override
    public String command() {
      return "config set "
          + (path.isGlobal() ? "" : path.typed() + " ")
          + option
          + " = "
          + value.typed();
    }
  }

  /** Takes the value of an option away, or of all options of a scope and the scopes inside it. */
  record Unset(ConfigPath path, Optional<String> option) implements Change {
    @Override
    public ConfigScope apply(ConfigScope root) {
      if (path.in(root).isEmpty()) {
        return root;
      }
      return root.changed(
          path.steps(),
          scope ->
              option
                  .map(name -> scope.without(name.toLowerCase(Locale.ROOT)))
                  .orElseGet(scope::cleared));
    }

    @Override
    public String command() {
      String where = path.typed();
      return "config unset "
          + where
          + option.map(name -> (where.isEmpty() ? "" : " ") + name).orElse("");
    }
  }
}
