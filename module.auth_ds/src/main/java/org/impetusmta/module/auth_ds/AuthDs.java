package org.impetusmta.module.auth_ds;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.auth.StoredPassword;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.hook.RunsIn;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Authentication and roles from data sources: each {@code Scheme "name"} is what {@code uri =
 * "name://"} of {@code AuthLoginParameters}, {@code AuthorizationParameters} and their like asks.
 * Concurrent. Source: modules.auth_ds.
 */
@Module(
    name = "auth_ds",
    kind = Module.Kind.AUTH,
    description = "Authentication and roles by queries of data sources",
    singleton = "true",
    requires = "ds_core")
@Component(factory = Module.FACTORY + "auth_ds", service = AuthScheme.class)
@RunsIn("IO")
public final class AuthDs implements AuthScheme {
  private static final Set<String> TAKEN = Set.of("file", "digest", "scram", "groups");

  private final Map<String, DsScheme> schemes = new LinkedHashMap<>();

  /**
   * @throws ConfigException when a stanza lacks something, or its parts do not go together
   */
  @Activate
  public AuthDs(Map<String, Object> properties, @Reference Datasources datasources)
      throws ConfigException {
    ModuleStanza module = ModuleStanza.of(properties);
    for (Stanza stanza : module.stanza().children("scheme")) {
      String where = stanza.position() + ": in auth_ds: scheme";
      String name = stanza.instance().orElse("").toLowerCase(Locale.ROOT);
      if (IoUri.of(name + "://").isEmpty() || TAKEN.contains(name)) {
        throw new ConfigException(
            "%s \"%s\": expected the name of a URI scheme that is not taken"
                .formatted(where, name));
      }
      DsScheme scheme = scheme(where + " \"" + name + "\"", name, stanza, module, datasources);
      if (schemes.put(name, scheme) != null) {
        throw new ConfigException(where + " \"" + name + "\": it is there twice");
      }
    }
  }

  private static DsScheme scheme(
      String where, String name, Stanza stanza, ModuleStanza module, Datasources datasources)
      throws ConfigException {
    Generation now = module.generation();
    Optional<DsScheme.Passwords> passwords = Optional.empty();
    Optional<Stanza> part = only(where, stanza, "authenticate");
    if (part.isPresent()) {
      passwords =
          Optional.of(
              passwords(
                  where + ": authenticate",
                  name,
                  now.options(Options.Authenticate.class, new ScopePath.Within(part.get())),
                  now));
    }
    Optional<DsScheme.Groups> groups = Optional.empty();
    part = only(where, stanza, "querygroups");
    if (part.isPresent()) {
      var said = now.options(Options.QueryGroups.class, new ScopePath.Within(part.get()));
      groups =
          Optional.of(
              new DsScheme.Groups(
                  DsQuery.of(where + ": querygroups", said.cache(), said.query(), said.map(), now),
                  said.groupColumn()));
    }
    Optional<DsScheme.Groups> all = Optional.empty();
    part = only(where, stanza, "enumgroups");
    if (part.isPresent()) {
      var said = now.options(Options.EnumGroups.class, new ScopePath.Within(part.get()));
      all =
          Optional.of(
              new DsScheme.Groups(
                  DsQuery.of(where + ": enumgroups", said.cache(), said.query(), said.map(), now),
                  said.groupColumn()));
    }
    if (passwords.isEmpty() && groups.isEmpty()) {
      throw new ConfigException(where + ": expected Authenticate { } or QueryGroups { }");
    }
    return new DsScheme(name, datasources, passwords, groups, all);
  }

  private static Optional<Stanza> only(String where, Stanza scheme, String name)
      throws ConfigException {
    List<Stanza> found = scheme.children(name);
    if (found.size() > 1) {
      throw new ConfigException(where + ": " + name + " is there twice");
    }
    return found.stream().findFirst();
  }

  private static DsScheme.Passwords passwords(
      String where, String scheme, Options.Authenticate options, Generation now)
      throws ConfigException {
    DsQuery query = DsQuery.of(where, options.cache(), options.query(), options.map(), now);
    if (options.returnsPassword()) {
      return new DsScheme.Passwords(query, Optional.of(new StoredForm(where, scheme, options)));
    }
    if (!query.map().uses(DsQuery.PASSWORD)) {
      // whoever knows a name would pass
      throw new ConfigException(
          where + ": expected returns_password = true, or %{password} in map");
    }
    if (options.passwordColumn().isPresent()
        || options.type().isPresent()
        || options.typeColumn().isPresent()
        || options.typeMap().isPresent()) {
      throw new ConfigException(
          where + ": password_column, type, type_column and type_map need returns_password = true");
    }
    return new DsScheme.Passwords(query, Optional.empty());
  }

  private DsScheme asked(AuthQuery query) throws AuthException {
    return named(query.parameters().uri().map(IoUri::scheme).orElse(""));
  }

  private DsScheme named(String name) throws AuthException {
    return Optional.ofNullable(schemes.get(name))
        .orElseThrow(() -> new AuthException("auth_ds has no scheme " + name));
  }

  @Override
  public Set<String> schemes() {
    return Set.copyOf(schemes.keySet());
  }

  @Override
  public boolean tellsPasswords(String scheme) {
    return Optional.ofNullable(schemes.get(scheme)).filter(DsScheme::tellsPasswords).isPresent();
  }

  @Override
  public boolean judgesResponses(String scheme) {
    return Optional.ofNullable(schemes.get(scheme)).filter(DsScheme::judgesResponses).isPresent();
  }

  @Override
  public boolean knowsGroups(String scheme) {
    return Optional.ofNullable(schemes.get(scheme)).filter(DsScheme::knowsGroups).isPresent();
  }

  @Override
  public AuthAnswer authenticate(AuthQuery query, String secret) throws AuthException {
    return asked(query).authenticate(query, secret);
  }

  @Override
  public List<StoredPassword> passwords(AuthQuery query) throws AuthException {
    return asked(query).stored(query);
  }

  @Override
  public List<String> groups(AuthQuery query) throws AuthException {
    return asked(query).groups(query);
  }

  @Override
  public List<String> allGroups(String scheme) throws AuthException {
    return named(scheme).allGroups();
  }
}
