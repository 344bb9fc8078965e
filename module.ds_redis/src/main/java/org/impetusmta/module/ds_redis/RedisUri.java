package org.impetusmta.module.ds_redis;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code host=…;port=…;db=…;user=…;password=…;tls=yes}, all of it optional; values have no
 * semicolon. Immutable.
 */
record RedisUri(
    String host,
    int port,
    int database,
    Optional<String> user,
    Optional<String> password,
    boolean tls) {
  private static final Set<String> KEYS = Set.of("host", "port", "db", "user", "password", "tls");
  private static final int PORT = 6379;

  /**
   * Reads what is behind {@code redis:}.
   *
   * @throws IllegalArgumentException that says what is wrong, but never a value
   */
  static RedisUri parse(String rest) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String pair : rest.split(";", -1)) {
      if (pair.isBlank()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String key = pair.substring(0, Math.max(0, equals)).strip().toLowerCase(Locale.ROOT);
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException(
            "expected redis:host=…;port=…;db=…;user=…;password=…;tls=yes");
      }
      if (values.put(key, pair.substring(equals + 1).strip()) != null) {
        throw new IllegalArgumentException("found " + key + " twice");
      }
    }
    String host = values.getOrDefault("host", "localhost");
    if (!host.matches("[A-Za-z0-9._:-]+")) {
      throw new IllegalArgumentException("host: expected the name or address of a host");
    }
    String tls = values.getOrDefault("tls", "no");
    if (!Set.of("yes", "no").contains(tls)) {
      throw new IllegalArgumentException("tls: expected yes or no");
    }
    return new RedisUri(
        host,
        number(values, "port", PORT, 1, 65_535),
        number(values, "db", 0, 0, 100_000),
        Optional.ofNullable(values.get("user")),
        Optional.ofNullable(values.get("password")),
        tls.equals("yes"));
  }

  private static int number(Map<String, String> values, String key, int orElse, int min, int max) {
    String text = values.getOrDefault(key, Integer.toString(orElse));
    if (!text.matches("\\d{1,6}") || Integer.parseInt(text) < min || Integer.parseInt(text) > max) {
      throw new IllegalArgumentException(
          "%s: expected a number from %d to %d".formatted(key, min, max));
    }
    return Integer.parseInt(text);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return host + ":" + port + "/" + database;
  }
}
