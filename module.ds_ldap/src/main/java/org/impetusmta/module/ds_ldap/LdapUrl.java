package org.impetusmta.module.ds_ldap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * {@code ldap://host:port/dn?attributes?scope?filter?extensions}, RFC 4516, as it is written:
 * nothing is decoded, and values for {@code $name} are not in it yet. What is not there is empty.
 * Immutable.
 *
 * @param port 0 where it says none
 * @param extensions values by name in lower case
 */
record LdapUrl(
    boolean tls,
    String host,
    int port,
    String dn,
    String attributes,
    String scope,
    String filter,
    Map<String, String> extensions) {
  static final String BIND_NAME = "bindname";
  static final String BIND_PASSWORD = "x-bindpw";
  static final String CONNECT_TIMEOUT = "x-connect-timeout";
  static final String NO_CACHE = "x-disable-connection-cache";
  static final String IGNORE_REFERRALS = "x-ignore-referrals";
  static final String VERSION = "x-ldap-version";
  static final String RETURN_DN = "x-return-dn";
  static final String SEARCH_TIMEOUT = "x-search-timeout";

  /** Not in the manual: TLS on the plain port, RFC 4511 section 4.14. */
  static final String START_TLS = "x-starttls";

  private static final Set<String> EXTENSIONS =
      Set.of(
          BIND_NAME,
          BIND_PASSWORD,
          CONNECT_TIMEOUT,
          NO_CACHE,
          IGNORE_REFERRALS,
          VERSION,
          RETURN_DN,
          SEARCH_TIMEOUT,
          START_TLS);

  /** Those that may hold values of a query. */
  private static final Set<String> WITH_VALUES = Set.of(BIND_NAME, BIND_PASSWORD);

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException that says what was expected; never with a password
   */
  static LdapUrl parse(String text) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    boolean tls = lower.startsWith("ldaps://");
    if (!tls && !lower.startsWith("ldap://")) {
      throw new IllegalArgumentException("expected a URL that begins with ldap:// or ldaps://");
    }
    String rest = text.strip().substring(tls ? 8 : 7);
    int end = 0;
    while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
      end++;
    }
    String authority = rest.substring(0, end);
    String[] parts = rest.substring(authority.length()).split("\\?", 5);
    String dn = parts[0].startsWith("/") ? parts[0].substring(1) : parts[0];
    LdapUrl url =
        new LdapUrl(
            tls,
            host(authority),
            port(authority),
            dn.strip(),
            part(parts, 1),
            part(parts, 2).toLowerCase(Locale.ROOT),
            part(parts, 3),
            extensions(part(parts, 4)));
    url.requireSound();
    return url;
  }

  private static String part(String[] parts, int index) {
    return index < parts.length ? parts[index].strip() : "";
  }

  private static String host(String authority) {
    String host = authority;
    int colon = authority.lastIndexOf(':');
    if (colon > authority.lastIndexOf(']')) {
      host = authority.substring(0, colon);
    }
    if (!host.matches("[A-Za-z0-9._-]*|\\[[0-9A-Fa-f:.]+]")) {
      throw new IllegalArgumentException("expected the name or address of a host behind ://");
    }
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static int port(String authority) {
    int colon = authority.lastIndexOf(':');
    if (colon <= authority.lastIndexOf(']')) {
      return 0;
    }
    String text = authority.substring(colon + 1);
    if (!text.matches("\\d{1,5}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > 65_535) {
      throw new IllegalArgumentException("expected a port from 1 to 65535 behind the host");
    }
    return Integer.parseInt(text);
  }

  private static Map<String, String> extensions(String text) {
    Map<String, String> extensions = new LinkedHashMap<>();
    for (String one : text.split(",", -1)) {
      if (one.isBlank()) {
        continue;
      }
      int equals = one.indexOf('=');
      String written = (equals < 0 ? one : one.substring(0, equals)).strip();
      String name =
          (written.startsWith("!") ? written.substring(1) : written).toLowerCase(Locale.ROOT);
      if (!EXTENSIONS.contains(name) || equals < 0) {
        throw new IllegalArgumentException(
            "found an extension that is none of "
                + String.join(", ", EXTENSIONS.stream().sorted().toList())
                + ", each with = and its value; a comma in a value is %2C");
      }
      if (extensions.put(name, one.substring(equals + 1).strip()) != null) {
        throw new IllegalArgumentException("found the extension " + name + " twice");
      }
    }
    return extensions;
  }

  private void requireSound() {
    if (!Set.of("", "base", "one", "sub").contains(scope)) {
      throw new IllegalArgumentException("scope: expected base, one or sub");
    }
    extensions.forEach(
        (name, value) -> {
          if (!WITH_VALUES.contains(name) && value.contains("$")) {
            throw new IllegalArgumentException(name + ": expected no $name here");
          }
        });
    seconds(CONNECT_TIMEOUT, 1);
    seconds(SEARCH_TIMEOUT, 1);
    flag(NO_CACHE);
    flag(IGNORE_REFERRALS);
    flag(START_TLS);
    if (!extensions.getOrDefault(VERSION, "3").equals("3")) {
      throw new IllegalArgumentException(VERSION + ": expected 3, the version in use since 1997");
    }
    if (extensions.containsKey(RETURN_DN)
        && !extensions.get(RETURN_DN).matches("[A-Za-z][A-Za-z0-9_-]*")) {
      throw new IllegalArgumentException(RETURN_DN + ": expected a name for the column");
    }
    String password = extensions.get(BIND_PASSWORD);
    if (password != null && password.isEmpty()) {
      throw new IllegalArgumentException(
          BIND_PASSWORD + ": found nothing; expected a password, or no such extension");
    }
    if (extensions.containsKey(BIND_NAME) && extensions.get(BIND_NAME).isEmpty()) {
      throw new IllegalArgumentException(BIND_NAME + ": expected a distinguished name");
    }
    if (tls && flag(START_TLS)) {
      throw new IllegalArgumentException(START_TLS + ": expected it with ldap:// alone");
    }
    LdapEscape.decoded(dn);
    LdapEscape.decoded(filter);
    extensions.values().forEach(LdapEscape::decoded);
  }

  /** Seconds of an extension. */
  int seconds(String extension, int orElse) {
    String text = extensions.get(extension);
    if (text == null) {
      return orElse;
    }
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) < 1) {
      throw new IllegalArgumentException(extension + ": expected seconds, 1 or more");
    }
    return Integer.parseInt(text);
  }

  /** Whether an extension is on. */
  boolean flag(String extension) {
    return switch (extensions.getOrDefault(extension, "0").toLowerCase(Locale.ROOT)) {
      case "1", "true", "yes" -> true;
      case "0", "false", "no" -> false;
      default -> throw new IllegalArgumentException(extension + ": expected true or false, 1 or 0");
    };
  }

  /** This URL, with what it leaves out from another. */
  LdapUrl or(LdapUrl connection) {
    boolean elsewhere = !host.isEmpty();
    Map<String, String> all = new LinkedHashMap<>(connection.extensions);
    if (extensions.containsKey(BIND_NAME)) {
      all.remove(BIND_PASSWORD); // never one's password for another
    }
    all.putAll(extensions);
    return new LdapUrl(
        elsewhere ? tls : connection.tls,
        elsewhere ? host : connection.host,
        elsewhere ? port : connection.port,
        dn.isEmpty() ? connection.dn : dn,
        attributes.isEmpty() ? connection.attributes : attributes,
        scope.isEmpty() ? connection.scope : scope,
        filter.isEmpty() ? connection.filter : filter,
        all);
  }

  /** The attributes that are asked for; none: all of them. */
  List<String> attributeNames() {
    List<String> names = new ArrayList<>();
    for (String name : attributes.split(",", -1)) {
      if (!name.isBlank()) {
        String decoded = LdapEscape.decoded(name.strip());
        if (!decoded.matches("[A-Za-z0-9;._-]+|[*+]")) {
          throw new IllegalArgumentException("expected the names of attributes behind the first ?");
        }
        names.add(decoded);
      }
    }
    return names;
  }
}
