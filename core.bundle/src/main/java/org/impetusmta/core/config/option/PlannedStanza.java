package org.impetusmta.core.config.option;

import java.util.Set;

/**
 * A stanza of the manual, of the core or of a module, that is known but that nobody takes up yet.
 * Using it is refused with the capability that it will come with. Immutable.
 *
 * @param key its scope key, {@code adaptive} or {@code cluster::topology}
 * @param places the keys of the scopes that it may stand in
 * @param kind {@code core}, {@code listener}, or the kind of a module
 * @param folder the part of Impetus that will declare it
 * @param capability what it comes with
 */
public record PlannedStanza(
    String key, Set<String> places, String kind, String folder, String capability) {
  /** The name that it is opened with. */
  public String name() {
    int inside = key.lastIndexOf(ScopeRules.INSIDE);
    return inside < 0 ? key : key.substring(inside + ScopeRules.INSIDE.length());
  }

  private boolean isModule() {
    return !kind.equals("core") && !kind.equals("listener");
  }

  /** Why it may not be used. */
  public String refusal() {
    return "the %s %s comes with a later release: %s"
        .formatted(isModule() ? "module" : "stanza", name(), capability);
  }
}
