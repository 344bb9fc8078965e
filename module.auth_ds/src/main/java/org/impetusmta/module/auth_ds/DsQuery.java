package org.impetusmta.module.auth_ds;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.datasource.ParameterMap;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.message.Address;

/**
 * A query of a stanza inside {@code Scheme}: where it goes to and what its parameters are. What a
 * client said is a parameter's value, never part of the text. Immutable; {@link #run} blocks.
 */
record DsQuery(String cache, String query, ParameterMap map) {
  static final String PASSWORD = "password";
  static final String NONCE = "nonce";

  /** What {@code map} may use. */
  private static final Set<String> MACROS =
      Set.of(
          "username",
          "localpart",
          "domain",
          PASSWORD,
          "realm",
          "digest-uri",
          NONCE,
          "crypt",
          "uri");

  /**
   * Looks at what a stanza says.
   *
   * @param where {@code file:line: in auth_ds: scheme "x": authenticate}
   */
  static DsQuery of(
      String where,
      Optional<String> cache,
      Optional<String> query,
      Optional<Map<String, String>> map,
      Generation generation)
      throws ConfigException {
    String source = needed(where, "cache", cache);
    String text = needed(where, "query", query);
    boolean known =
        generation.stanzas("datasource").stream()
            .anyMatch(stanza -> stanza.instance().filter(source::equals).isPresent());
    if (!known) {
      throw new ConfigException(
          "%s: cache = \"%s\": expected the name of a Datasource".formatted(where, source));
    }
    try {
      return new DsQuery(source, text, ParameterMap.parse(map.orElse(Map.of()), MACROS));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(where + ": " + e.getMessage(), e);
    }
  }

  private static String needed(String where, String option, Optional<String> value)
      throws ConfigException {
    return value
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> new ConfigException(where + ": " + option + " is needed"));
  }

  /**
   * Asks.
   *
   * @param secret the password, or the client's response to a challenge
   */
  Rows run(Datasources datasources, AuthQuery asked, String secret) throws AuthException {
    Address parts = Address.of(asked.user());
    String uri = asked.parameters().uri().map(Object::toString).orElse("");
    return run(
        datasources,
        map.expand(
            macro ->
                switch (macro) {
                  case "username" -> asked.user();
                  case "localpart" -> parts.localpart();
                  case "domain" -> parts.domain();
                  case PASSWORD -> secret;
                  case "realm" -> asked.realm();
                  case "digest-uri" ->
                      asked.response().map(AuthQuery.Response::digestUri).orElse("");
                  case NONCE -> asked.response().map(AuthQuery.Response::nonce).orElse("");
                  case "crypt" -> crypt(asked.mechanism());
                  default -> uri;
                }));
  }

  /** Asks what concerns no user in particular. */
  Rows run(Datasources datasources) throws AuthException {
    return run(datasources, map.expand(macro -> ""));
  }

  private Rows run(Datasources datasources, Map<String, String> values) throws AuthException {
    try {
      return datasources
          .find(cache)
          .orElseThrow(() -> new AuthException("there is no Datasource \"" + cache + "\""))
          .query(Query.of(query, values));
    } catch (DatasourceException e) {
      throw new AuthException("the Datasource \"" + cache + "\": " + e.getMessage(), e);
    }
  }

  private static String crypt(AuthMechanism mechanism) {
    return switch (mechanism) {
      case CRAM_MD5 -> "hmac_md5";
      case DIGEST_MD5 -> "digest-md5";
      default -> "clear";
    };
  }
}
