package org.impetusmta.core.console;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;

/**
 * The roles of a configuration, and the commands that each allows. Immutable. Source:
 * conf.ref.authorization.
 *
 * @param allowed patterns by role
 */
record Roles(Map<String, List<Pattern>> allowed) {
  /**
   * @throws ConfigException when a pattern is none
   */
  static Roles of(Generation generation) throws ConfigException {
    Map<String, List<Pattern>> allowed = new LinkedHashMap<>();
    for (Stanza authorization : generation.stanzas("authorization")) {
      for (Stanza role : authorization.children("role")) {
        String name = role.instance().orElse("");
        if (name.isEmpty()) {
          throw new ConfigException(
              role.position()
                  + ": in authorization: found a role without a name, expected Role \"name\"");
        }
        List<Pattern> patterns = allowed.computeIfAbsent(name, _ -> new ArrayList<>());
        for (String pattern :
            generation.options(RoleOptions.class, new ScopePath.Within(role)).allow()) {
          patterns.add(pattern(role, name, pattern));
        }
      }
    }
    return new Roles(allowed);
  }

  private static Pattern pattern(Stanza role, String name, String pattern) throws ConfigException {
    try {
      return Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new ConfigException(
          "%s: in authorization::role \"%s\": allow = \"%s\", expected a regular expression: %s"
              .formatted(role.position(), name, pattern, e.getDescription()),
          e);
    }
  }

  /** The first of these names that is a role which allows the command. */
  Optional<String> allowing(List<String> names, String command) {
    return names.stream()
        .filter(
            name ->
                allowed.getOrDefault(name, List.of()).stream()
                    .anyMatch(pattern -> pattern.matcher(command).find()))
        .findFirst();
  }

  List<String> names() {
    return List.copyOf(allowed.keySet());
  }
}
