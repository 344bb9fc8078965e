package org.impetusmta.module.ds_ldap;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * {@code ldap://host:port/dn?attributes?scope?filter?extensions} and {@code ldaps://…}, as URI and
 * as query; what a query leaves out, the URI has. Concurrent. Source: modules.ds_core.
 */
@Module(
    name = "ds_ldap",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "ldap ldaps",
    description = "LDAP directories as data sources")
@Component(
    factory = Module.FACTORY + "ds_ldap",
    service = {DatasourceDriver.class, ConsoleCommand.class})
public final class Ldap implements DatasourceDriver, ConsoleCommand {
  private static final String FLUSH = "flush connection cache";
  private static final String STATS = "show connection cache stats";

  private final ConnectionCache cache;
  private final LdapSecurity security;

  /** The options of the stanza. */
  @OptionSet("ds_ldap")
  public record Options(
      @Option(value = "50", min = 0, max = 10_000, doc = "Most connections that wait for a query")
          int connectionCacheSize,
      @Option(value = "300", min = 1, doc = "Seconds until a connection is closed, used or not")
          Duration connectionCacheLife,
      @Option(doc = "Authorities whose certificates count, PEM; unset: those of the JVM")
          Optional<String> tlsCaFile) {}

  @Activate
  public Ldap(Map<String, Object> properties) throws ConfigException {
    this(ModuleStanza.of(properties).options(Options.class), System::nanoTime);
  }

  /**
   * @throws ConfigException where tls_ca_file cannot be read
   */
  Ldap(Options options, LongSupplier nanoTime) throws ConfigException {
    cache =
        new ConnectionCache(
            options.connectionCacheSize(), options.connectionCacheLife().toSeconds(), nanoTime);
    security = new LdapSecurity(options.tlsCaFile());
  }

  @Deactivate
  void end() {
    cache.end();
  }

  @Override
  public Set<String> names() {
    return Set.of("ldap", "ldaps");
  }

  @Override
  public void check(String name, String rest) {
    LdapUrl url = LdapUrl.parse(name + ":" + rest);
    url.attributeNames();
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings settings)
      throws DatasourceException {
    LdapConnection connection =
        new LdapConnection(LdapUrl.parse(name + ":" + rest), settings, cache, security);
    connection.connect();
    return connection;
  }

  // ---- ds_ldap flush connection cache | show connection cache stats

  @Override
  public String name() {
    return "ds_ldap";
  }

  @Override
  public String synopsis() {
    return FLUSH + " | " + STATS + " [--json]";
  }

  @Override
  public String summary() {
    return "Shows and closes the connections to directories that wait for queries";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public List<String> complete(List<String> arguments) {
    String begun = String.join(" ", arguments);
    return List.of(FLUSH, STATS).stream()
        .filter(words -> words.startsWith(begun))
        .map(words -> words.split(" ")[arguments.size() - 1])
        .toList();
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    String words = String.join(" ", invocation.arguments()).toLowerCase(Locale.ROOT);
    Report report = new Report();
    if (words.equals(FLUSH)) {
      report.figure("flushed", cache.flush(), "flushed %d connections");
    } else if (words.equals(STATS)) {
      ConnectionCache.Figures now = cache.figures();
      report
          .figure("size", now.size(), "Size:    %8d")
          .figure("entries", now.entries(), "Entries: %8d")
          .figure("hits", now.hits(), "Hits:    %8d")
          .figure("misses", now.misses(), "Misses:  %8d")
          .figure("stores", now.stores(), "Stores:  %8d")
          .figure("flushed", now.flushed(), "Flushed: %8d")
          .figure("expired", now.expired(), "Expired: %8d")
          .figure("evicted", now.evicted(), "Evicted: %8d");
    } else {
      throw new ConsoleException("expected ds_ldap " + synopsis());
    }
    invocation.print(report);
  }
}
