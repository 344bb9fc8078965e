package org.impetusmta.core.config.option;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which stanza may stand in which, which of them have an instance name, and how scopes are named.
 *
 * <p>A scope key names a kind of scope: {@code global}; {@code domain} wherever it stands; {@code
 * esmtp_listener}; {@code esmtp_listener::listen} and {@code esmtp_listener::peer} inside a
 * listener, {@code *::listen} inside any; {@code mail_loop} for a module's stanza and {@code
 * alias::scheme} for one inside it; {@code module} for the stanza of any module. Stateless. Source:
 * ecelerity.conf.fallback, listeners, and the pages of the scopes.
 */
public final class ScopeRules {
  public static final String GLOBAL = "global";

  /** Stands for the stanza of any module in an option set: what all modules have in common. */
  static final String ANY_MODULE = "module";

  public static final String INSIDE = "::";

  /** Stands for any listener. */
  static final String ANY_LISTENER = "*";

  private static final String LISTENER = "_listener";

  /** Where the core's stanzas may stand; {@code *} is any listener. */
  private static final Map<String, List<String>> CORE =
      Map.of(
          "domain", List.of(GLOBAL, "binding", "binding_group"),
          "host", List.of(GLOBAL, "binding", "binding_group"),
          "binding", List.of(GLOBAL, "binding_group"),
          "binding_group", List.of(GLOBAL),
          "pathway", List.of(GLOBAL, "pathway_group"),
          "pathway_group", List.of(GLOBAL),
          "listen", List.of(ANY_LISTENER),
          "peer", List.of(ANY_LISTENER, "listen"),
          "threadpool", List.of(GLOBAL),
          "eventloop", List.of(GLOBAL));

  /** Whether a stanza has an instance name. */
  public enum Instance {
    NEEDED,
    ALLOWED,
    REFUSED
  }

  private ScopeRules() {}

  /** The names of the stanzas that the core knows without a declaration. */
  public static Collection<String> coreStanzas() {
    return CORE.keySet();
  }

  public static boolean isListener(String stanza) {
    return stanza.endsWith(LISTENER);
  }

  public static Instance instanceOf(String stanza) {
    if (CORE.containsKey(stanza)) {
      return stanza.equals("eventloop") ? Instance.ALLOWED : Instance.NEEDED;
    }
    if (stanza.equals("datasource")) {
      return Instance.NEEDED;
    }
    return isListener(stanza)
            || switch (stanza) {
              case "debug_flags", "security", "cluster", "snmp", "authorization" -> true;
              default -> false;
            }
        ? Instance.REFUSED
        : Instance.ALLOWED;
  }

  /** The key of the stanza {@code name} inside the scope {@code parent}. */
  public static String key(String parent, String name) {
    if (name.equals("listen") || name.equals("peer")) {
      int inside = parent.indexOf(INSIDE);
      String listener = inside < 0 ? parent : parent.substring(0, inside);
      return isListener(listener) ? listener + INSIDE + name : parent + INSIDE + name;
    }
    if (CORE.containsKey(name) || parent.equals(GLOBAL)) {
      return name;
    }
    return parent + INSIDE + name;
  }

  /**
   * The key of what is declared for all scopes of the like: {@code *::listen} for the listens of
   * all listeners, {@code module} for the stanza of a module; else the key itself.
   */
  public static String general(String key) {
    int inside = key.indexOf(INSIDE);
    if (inside > 0) {
      return isListener(key.substring(0, inside)) ? ANY_LISTENER + key.substring(inside) : key;
    }
    boolean module =
        !key.equals(GLOBAL) && !CORE.containsKey(key) && instanceOf(key) == Instance.ALLOWED;
    return module ? ANY_MODULE : key;
  }

  /** Whether the core's stanza {@code name} may stand in the scope of that key. */
  static boolean mayStand(String name, String parentKey) {
    List<String> places = CORE.getOrDefault(name, List.of());
    if (places.contains(parentKey)) {
      return true;
    }
    if (isListener(parentKey)) {
      return places.contains(ANY_LISTENER);
    }
    return parentKey.endsWith(INSIDE + "listen") && places.contains("listen");
  }

  /** The keys of the scopes that a stanza of the core may stand in. */
  static List<String> placesOf(String name) {
    return CORE.getOrDefault(name, List.of());
  }

  /** Where the core's stanza may stand, for messages. */
  public static String places(String name) {
    List<String> places = new ArrayList<>();
    for (String place : CORE.getOrDefault(name, List.of(GLOBAL))) {
      places.add(
          switch (place) {
            case GLOBAL -> "the global scope";
            case ANY_LISTENER -> "a listener";
            default -> place;
          });
    }
    return String.join(", ", places);
  }

  /**
   * The keys that the scopes of an option set mean: {@code listen} and {@code peer} are those
   * inside the listeners that are named too, or inside any if none is named.
   */
  static Set<String> scopeKeys(Collection<String> scopes) {
    List<String> names = scopes.stream().map(scope -> scope.toLowerCase(Locale.ROOT)).toList();
    List<String> listeners = names.stream().filter(ScopeRules::isListener).toList();
    if (listeners.isEmpty()) {
      listeners = List.of(ANY_LISTENER);
    }
    Set<String> keys = new LinkedHashSet<>();
    for (String name : names) {
      if (name.equals("listen") || name.equals("peer")) {
        listeners.forEach(listener -> keys.add(listener + INSIDE + name));
      } else {
        keys.add(name);
      }
    }
    return keys;
  }
}
