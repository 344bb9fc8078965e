package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.OptionDeclaration;
import org.jspecify.annotations.Nullable;

/**
 * Finds the changes that wait for a restart: options declared as not dynamic whose value differs
 * between two configurations, in a scope that both have. Single.
 */
final class RestartWarnings {
  private final OptionCatalog catalog;
  private final List<String> warnings = new ArrayList<>();

  private RestartWarnings(OptionCatalog catalog) {
    this.catalog = catalog;
  }

  /** One line for each option. */
  static List<String> between(ConfigScope old, ConfigScope now, OptionCatalog catalog) {
    RestartWarnings found = new RestartWarnings(catalog);
    found.compare(old, now);
    return found.warnings;
  }

  private void compare(ConfigScope old, ConfigScope now) {
    if (old == now) {
      return;
    }
    Set<String> options = new LinkedHashSet<>();
    for (ConfigScope scope : List.of(old, now)) {
      for (ConfigEntry entry : scope.entries()) {
        if (entry instanceof ConfigOption) {
          options.add(entry.name());
        }
      }
    }
    for (String option : options) {
      Optional<OptionDeclaration> declared = catalog.find(now.kind(), option);
      if (declared.isPresent()
          && !declared.get().dynamic()
          && !same(old.option(option), now.option(option))) {
        warnings.add(
            "%s is changed in %s; it takes effect after a restart"
                .formatted(declared.get().displayName(), now));
      }
    }
    for (ConfigEntry entry : now.entries()) {
      if (entry instanceof ConfigScope inner) {
        old.scope(inner.name(), inner.instance()).ifPresent(before -> compare(before, inner));
      }
    }
  }

  private static boolean same(@Nullable ConfigOption a, @Nullable ConfigOption b) {
    return a == b || (a != null && b != null && a.value().equals(b.value()));
  }
}
