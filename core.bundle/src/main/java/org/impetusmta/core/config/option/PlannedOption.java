package org.impetusmta.core.config.option;

import java.util.List;
import java.util.Set;

/**
 * An option of the manual that is known but not in force: nobody reads it yet, so using it is
 * refused with the capability that it will come with. Immutable.
 *
 * @param name in lower case
 * @param scopes where it may be said, as an option set says it
 * @param keys the same, as {@link ScopeRules#scopeKeys} names scopes
 * @param type the name of an {@link OptionType}, {@code enum:a,b}, {@code throttle} ({@code 5} or
 *     {@code 5/60}) or {@code bounds} ({@code ( 1 10 )})
 * @param defaultValue as written in a file; empty: none
 * @param range of a number, {@code 1..65535}, either end may be missing; empty: any
 * @param dynamic whether a change will take effect without a restart
 * @param folder the part of Impetus that will declare it
 * @param capability what it comes with; {@code none: reason} where it has no meaning here
 * @param doc one line of documentation
 */
public record PlannedOption(
    String name,
    List<String> scopes,
    Set<String> keys,
    String type,
    String defaultValue,
    String range,
    boolean dynamic,
    String folder,
    String capability,
    String doc) {
  private static final String NEVER = "none: ";

  /** Whether it will never be in force, because there is nothing that it could change. */
  public boolean never() {
    return capability.startsWith(NEVER);
  }

  /** Why it may not be used. */
  public String refusal() {
    return never()
        ? "the option %s has no meaning in Impetus, remove the line: %s"
            .formatted(name, capability.substring(NEVER.length()))
        : "the option %s is known but not in force yet: it comes with %s"
            .formatted(name, capability);
  }
}
