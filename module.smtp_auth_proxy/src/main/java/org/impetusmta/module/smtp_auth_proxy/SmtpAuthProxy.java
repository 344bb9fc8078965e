package org.impetusmta.module.smtp_auth_proxy;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.hook.RunsIn;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scheme {@code smtp_auth_proxy://}: another SMTP server says whether a password is right, the
 * same for all users or, where a data source has one, the user's own. Concurrent. Source:
 * modules.smtp_auth_proxy.
 */
@Module(
    name = "smtp_auth_proxy",
    kind = Module.Kind.AUTH,
    description = "Authentication at another SMTP server",
    singleton = "true")
@Component(factory = Module.FACTORY + "smtp_auth_proxy", service = AuthScheme.class)
@RunsIn("IO")
public final class SmtpAuthProxy implements AuthScheme {
  private static final Logger LOG = LoggerFactory.getLogger(SmtpAuthProxy.class);

  private final Options options;
  private final ProxyTls tls;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile @Nullable Datasources datasources;

  /** The options of the stanza. */
  @OptionSet("smtp_auth_proxy")
  public record Options(
      @Option(doc = "the server that is asked, where query has none for the user")
          Optional<String> host,
      @Option(value = "25", min = 1, max = 65535, doc = "its port") int port,
      @Option(value = "30", min = 1, max = 300, doc = "seconds that one question may take")
          Duration timeout,
      @Option(doc = "the Datasource that has the servers of users") Optional<String> dsCache,
      @Option(
              doc =
                  "what it is asked, with :username, :localpart and :domain; the first column has"
                      + " the host, the column port, or else the second, its port")
          Optional<String> query,
      @Option(value = "ifavailable", doc = "whether STARTTLS is used with the server")
          ProxyTls.Mode tls,
      @Option(
              value = "false",
              doc =
                  "whether the server's certificate has to be of a known authority and for its"
                      + " name")
          boolean tlsVerify) {}

  private record Server(String host, int port) {}

  /**
   * @throws ConfigException when nothing says which server is asked
   */
  @Activate
  public SmtpAuthProxy(Map<String, Object> properties) throws ConfigException {
    ModuleStanza module = ModuleStanza.of(properties);
    this.options = module.options(Options.class);
    this.tls = ProxyTls.of(options.tls(), options.tlsVerify());
    String where = module.stanza().position() + ": in smtp_auth_proxy: ";
    if (options.dsCache().isPresent() != options.query().isPresent()) {
      throw new ConfigException(where + "ds_cache and query go together");
    }
    if (options.host().filter(host -> !host.isBlank()).isEmpty() && options.query().isEmpty()) {
      throw new ConfigException(where + "expected host, or ds_cache and query");
    }
    String host = options.host().orElse("");
    boolean namesAPort = host.indexOf(':') >= 0 && host.indexOf(':') == host.lastIndexOf(':');
    if (namesAPort || !isName(host)) {
      throw new ConfigException(
          "%shost = \"%s\": expected a name or an address; the port is said by the option port"
              .formatted(where, host));
    }
    if (options.dsCache().isPresent()) {
      String cache = options.dsCache().get();
      boolean known =
          module.generation().stanzas("datasource").stream()
              .anyMatch(stanza -> stanza.instance().filter(cache::equals).isPresent());
      if (!known) {
        throw new ConfigException(
            "%sds_cache = \"%s\": expected the name of a Datasource".formatted(where, cache));
      }
    }
    if (tls.verify() && tls.mode() == ProxyTls.Mode.FALSE) {
      throw new ConfigException(where + "tls_verify without tls");
    }
  }

  @Override
  public Set<String> schemes() {
    return Set.of("smtp_auth_proxy");
  }

  @Override
  public boolean knowsGroups(String scheme) {
    return false;
  }

  @Override
  public AuthAnswer authenticate(AuthQuery query, String secret) throws AuthException {
    if (query.mechanism() == AuthMechanism.OAUTHBEARER) {
      throw new AuthException("smtp_auth_proxy:// judges passwords, no tokens");
    }
    Optional<Server> server = server(query.user());
    if (server.isEmpty()) {
      return AuthAnswer.FAIL;
    }
    String host = server.get().host;
    int port = server.get().port;
    try (AuthDialogue dialogue = new AuthDialogue(host, port, options.timeout(), tls)) {
      boolean accepted = dialogue.accepts(query.user(), secret);
      LOG.debug(
          "smtp_auth_proxy: {} port {}, {}",
          host,
          port,
          dialogue.secured() ? "with TLS" : "in clear text");
      return accepted ? AuthAnswer.PASS : AuthAnswer.FAIL;
    } catch (IOException | AuthException e) {
      throw new AuthException(
          "smtp_auth_proxy: %s port %d: %s".formatted(host, port, e.getMessage()), e);
    }
  }

  /** Who is asked about the user; empty where there is nobody. */
  private Optional<Server> server(String user) throws AuthException {
    if (options.query().isEmpty()) {
      return usual();
    }
    Address parts = Address.of(user);
    Rows rows =
        rows(
            Query.of(
                options.query().get(),
                Map.of(
                    "username", user, "localpart", parts.localpart(), "domain", parts.domain())));
    Optional<String> host = rows.first().map(String::strip).filter(text -> !text.isEmpty());
    if (host.isEmpty()) {
      return usual();
    }
    int column = rows.indexOf("port");
    if (column < 0 && rows.columns().size() > 1) {
      column = 1;
    }
    String port = column < 0 ? "" : rows.first(rows.columns().get(column)).orElse("").strip();
    if (!isName(host.get()) || !(port.isEmpty() || isPort(port))) {
      throw new AuthException("the Datasource " + options.dsCache().orElse("") + " has no server");
    }
    return Optional.of(
        new Server(host.get(), port.isEmpty() ? options.port() : Integer.parseInt(port)));
  }

  private Optional<Server> usual() {
    return options.host().map(host -> new Server(host, options.port()));
  }

  private Rows rows(Query query) throws AuthException {
    String cache = options.dsCache().orElse("");
    Datasources present = datasources;
    if (present == null) {
      throw new AuthException("there are no data sources: ds_core is not loaded");
    }
    try {
      return present
          .find(cache)
          .orElseThrow(() -> new AuthException("there is no Datasource \"" + cache + "\""))
          .query(query);
    } catch (DatasourceException e) {
      throw new AuthException("the Datasource \"" + cache + "\": " + e.getMessage(), e);
    }
  }

  private static boolean isName(String host) {
    return host.length() <= 255 && host.chars().allMatch(c -> c > ' ' && c != 0x7F && c != '@');
  }

  private static boolean isPort(String port) {
    return port.matches("\\d{1,5}") && Integer.parseInt(port) > 0 && Integer.parseInt(port) < 65536;
  }
}
