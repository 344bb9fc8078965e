package org.impetusmta.module.ds_ldap;

import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.SearchScope;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.QueryTemplate;

/**
 * A URL with its values in place, each escaped for where it stands. Immutable.
 *
 * @param bindOnly whether nothing is searched: a bind alone is the question
 * @param guess whether name or password of the bind came with the query: a refusal is an answer
 *     then, and the connection nobody else's
 * @param guessedBase whether a part of the base came with the query: a name that can be none is
 *     that of no object then
 * @param nameless whether it is a bind with an empty password, which asks nobody
 * @param columns the attributes that are asked for; none: all of them
 * @param returnDn the column for the distinguished name
 */
record LdapQuestion(
    Target target,
    boolean cached,
    boolean bindOnly,
    boolean guess,
    boolean guessedBase,
    boolean nameless,
    String base,
    SearchScope scope,
    Filter filter,
    List<String> columns,
    Optional<String> returnDn,
    int searchSeconds) {
  private static final int SEARCH_SECONDS = 6;
  private static final String EVERYTHING = "(objectClass=*)";

  /**
   * Fills a URL.
   *
   * @param values for {@code $name}
   * @throws DatasourceException where a value is missing, or the URL is none with it
   */
  static LdapQuestion of(LdapUrl url, Map<String, String> values, DatasourceSettings settings)
      throws DatasourceException {
    try {
      return filled(url, values, settings);
    } catch (IllegalArgumentException e) {
      throw new DatasourceException("the LDAP URL: " + e.getMessage(), false, e);
    } catch (LDAPException e) {
      throw new DatasourceException("the filter of the LDAP URL: " + e.getMessage(), false, e);
    }
  }

  private static LdapQuestion filled(
      LdapUrl url, Map<String, String> values, DatasourceSettings settings)
      throws DatasourceException, LDAPException {
    if (url.host().isEmpty()) {
      throw new IllegalArgumentException("expected a host in it, or in the uri of the datasource");
    }
    String base = fill(url.dn(), values, Place.NAME);
    String filter = fill(url.filter(), values, Place.FILTER);
    String name = fill(url.extensions().getOrDefault(LdapUrl.BIND_NAME, ""), values, Place.NAME);
    String rawPassword = url.extensions().getOrDefault(LdapUrl.BIND_PASSWORD, "");
    String password = fill(rawPassword, values, Place.PLAIN);
    if (!name.isEmpty() && rawPassword.isEmpty()) {
      password = settings.credentials().password(url.host(), name, "ldap").orElse("");
    }
    if (name.isEmpty() && !rawPassword.isEmpty()) {
      throw new IllegalArgumentException("found a password, expected bindname=… too");
    }
    boolean guess =
        url.extensions().getOrDefault(LdapUrl.BIND_NAME, "").contains("$")
            || rawPassword.contains("$");
    if (!name.isEmpty() && password.isEmpty() && !guess) {
      throw new DatasourceException("there is no password for " + name + ": no bind without one");
    }
    int search =
        (int)
            Math.min(
                url.seconds(LdapUrl.SEARCH_TIMEOUT, SEARCH_SECONDS),
                Math.max(1, settings.queryTimeout().toSeconds()));
    int connect =
        url.seconds(
            LdapUrl.CONNECT_TIMEOUT, (int) Math.max(1, settings.connectTimeout().toSeconds()));
    Target target =
        new Target(
            url.tls(),
            url.flag(LdapUrl.START_TLS),
            url.host(),
            url.port() > 0 ? url.port() : url.tls() ? Target.LDAPS : Target.LDAP,
            name,
            password,
            !url.flag(LdapUrl.IGNORE_REFERRALS),
            connect * 1000,
            search * 1000);
    boolean nothing = base.isEmpty() && filter.isEmpty() && url.scope().isEmpty();
    return new LdapQuestion(
        target,
        !url.flag(LdapUrl.NO_CACHE) && !guess,
        !name.isEmpty() && nothing && url.attributes().isEmpty(),
        guess,
        url.dn().contains("$"),
        !name.isEmpty() && password.isEmpty(),
        base,
        scope(url.scope()),
        Filter.create(filter.isEmpty() ? EVERYTHING : filter),
        url.attributeNames(),
        Optional.ofNullable(url.extensions().get(LdapUrl.RETURN_DN)),
        search);
  }

  private enum Place {
    NAME,
    FILTER,
    PLAIN;

    String escape(String value) {
      return LdapEscape.percent(
          switch (this) {
            case NAME -> LdapEscape.dn(value);
            case FILTER -> LdapEscape.filter(value);
            case PLAIN -> value;
          });
    }
  }

  private static String fill(String part, Map<String, String> values, Place place)
      throws DatasourceException {
    return LdapEscape.decoded(QueryTemplate.fill(part, values, place::escape));
  }

  private static SearchScope scope(String word) {
    return switch (word) {
      case "one" -> SearchScope.ONE;
      case "sub" -> SearchScope.SUB;
      default -> SearchScope.BASE;
    };
  }
}
