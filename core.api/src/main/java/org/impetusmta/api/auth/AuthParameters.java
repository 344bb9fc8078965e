package org.impetusmta.api.auth;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.OptionValue;
import org.impetusmta.api.io.IoUri;

/**
 * The dictionary of {@code AuthLoginParameters} and its like. Immutable. Source: inbound_smtp,
 * control_auth.
 *
 * @param uri where passwords are looked up, {@code file:///etc/passwords}
 * @param logAuthentication whether attempts are told to the acctlog
 * @param realm the realm of DIGEST-MD5 and of digest files; empty: the listener's own
 * @param storedCleartext whether what DIGEST-MD5 finds is the password itself, not its hash
 * @param all every pair as it was written, for schemes that know further ones
 */
@OptionValue(expected = "a dictionary [ uri = \"scheme://…\" ]")
public record AuthParameters(
    Optional<IoUri> uri,
    boolean logAuthentication,
    Optional<String> realm,
    boolean storedCleartext,
    Map<String, String> all) {
  private static final Set<String> BUILT_IN = Set.of("file", "digest", "scram", "groups");
  private static final List<String> KEYS =
      List.of("uri", "log_authentication", "realm", "stored_cleartext");

  /** As it is written; keys are compared without regard to case. */
  public static AuthParameters parse(Map<String, String> written) {
    Map<String, String> all = new LinkedHashMap<>();
    written.forEach((key, value) -> all.put(key.toLowerCase(Locale.ROOT), value));
    Optional<IoUri> uri = Optional.empty();
    if (all.containsKey("uri")) {
      uri = IoUri.of(all.getOrDefault("uri", ""));
      if (uri.isEmpty()) {
        throw new IllegalArgumentException("uri is no URI, scheme://…");
      }
    }
    if (uri.isEmpty() || BUILT_IN.contains(uri.get().scheme())) {
      for (String key : all.keySet()) {
        if (!KEYS.contains(key)) {
          throw new IllegalArgumentException(
              "unknown key \"" + key + "\"; known are " + String.join(", ", KEYS));
        }
      }
    }
    Optional<String> realm = Optional.ofNullable(all.get("realm")).filter(r -> !r.isEmpty());
    if (realm.isPresent()
        && !realm
            .get()
            .chars()
            .allMatch(c -> c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != ':')) {
      throw new IllegalArgumentException(
          "realm: printable ASCII without colons, quotes and backslashes");
    }
    return new AuthParameters(
        uri,
        flag(all, "log_authentication"),
        realm,
        flag(all, "stored_cleartext"),
        Collections.unmodifiableMap(all));
  }

  private static boolean flag(Map<String, String> all, String key) {
    return switch (all.getOrDefault(key, "false").toLowerCase(Locale.ROOT)) {
      case "true", "on", "yes", "enabled", "1" -> true;
      case "false", "off", "no", "disabled", "0" -> false;
      default -> throw new IllegalArgumentException(key + ": expected true or false");
    };
  }
}
