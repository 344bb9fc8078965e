package org.impetusmta.module.cidrdb;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.impetusmta.api.cidr.CidrDefinition;
import org.impetusmta.api.cidr.CidrLists;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Lists of network blocks by name, from files of rbldnsd and from datasources, with the console
 * command {@code cidrdb}. Lists of the configuration come and go with it; those that somebody
 * defined stay. Concurrent. Source: modules.cidrdb.
 */
@Module(
    name = "cidrdb",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    autoload = "true",
    description = "Lists of network blocks, by name")
@Component(
    factory = Module.FACTORY + "cidrdb",
    service = {CidrLists.class, ConsoleCommand.class, Reconfigurable.class})
public final class CidrDb implements CidrLists, ConsoleCommand, Reconfigurable {
  /** Most lists. */
  static final int MOST = 1000;

  private static final int PATIENCE_SECONDS = 600;

  private final Scheduler scheduler;
  private final BlockSource source;
  private final Map<String, NamedList> lists = new ConcurrentSkipListMap<>();

  /** What the configuration defines; guarded by this. */
  private Map<String, CidrDefinition> configured = Map.of();

  private volatile @Nullable Datasources datasources;

  /** Comes and goes; a list that needs it fails to be read without. */
  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void setDatasources(Datasources service) {
    datasources = service;
    retry();
  }

  void unsetDatasources(Datasources service) {
    if (datasources == service) {
      datasources = null;
    }
  }

  @Activate
  public CidrDb(
      Map<String, Object> properties, @Reference IoWrappers io, @Reference Scheduler scheduler)
      throws ConfigException {
    this(io, scheduler);
    configure(definitions(ModuleStanza.of(properties)));
  }

  CidrDb(IoWrappers io, Scheduler scheduler) {
    this.scheduler = scheduler;
    this.source = new BlockSource(io, () -> Optional.ofNullable(datasources));
  }

  /** Lists that wait for a datasource are read now. */
  private void retry() {
    for (NamedList list : lists.values()) {
      if (list.definition().source() instanceof CidrDefinition.FromDatasource
          && list.status().failure().isPresent()) {
        list.reload();
      }
    }
  }

  private static Map<String, CidrDefinition> definitions(ModuleStanza stanza)
      throws ConfigException {
    Map<String, CidrDefinition> found = new TreeMap<>();
    for (Stanza list : stanza.stanza().children("cidr")) {
      String name =
          list.instance()
              .orElseThrow(() -> new ConfigException(list.position() + ": cidr: expected a name"));
      ListOptions options =
          stanza.generation().options(ListOptions.class, new ScopePath.Within(list));
      String where = list.position() + ": in cidrdb::cidr \"" + name + "\"";
      if (found.put(name, options.definition(where)) != null) {
        throw new ConfigException(where + ": defined twice, expected one list of that name");
      }
    }
    return found;
  }

  synchronized void configure(Map<String, CidrDefinition> wanted) {
    for (String name : configured.keySet()) {
      if (!wanted.containsKey(name)) {
        forget(name);
      }
    }
    configured = wanted;
    wanted.forEach(this::replace);
  }

  private void forget(String name) {
    NamedList gone = lists.remove(name);
    if (gone != null) {
      gone.end();
    }
  }

  private CompletableFuture<Void> replace(String name, CidrDefinition definition) {
    NamedList before = lists.get(name);
    if (before != null && before.definition().equals(definition)) {
      return CompletableFuture.completedFuture(null);
    }
    if (before == null && lists.size() >= MOST) {
      throw new IllegalArgumentException("there are " + MOST + " lists: no more");
    }
    NamedList fresh = new NamedList(name, definition, source, scheduler);
    lists.put(name, fresh);
    if (before != null) {
      before.end();
    }
    return fresh.reload();
  }

  @Override
  public void prepare(ModuleStanza next) throws ConfigException {
    definitions(next);
  }

  @Override
  public void commit(ModuleStanza now) {
    try {
      configure(definitions(now));
    } catch (ConfigException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Deactivate
  synchronized void end() {
    lists.values().forEach(NamedList::end);
    lists.clear();
  }

  // the service

  @Override
  public synchronized CompletableFuture<Void> define(String name, CidrDefinition definition) {
    if (name.isBlank() || name.length() > 255) {
      throw new IllegalArgumentException("no name of a list: \"" + name + "\"");
    }
    if (configured.containsKey(name)) {
      throw new IllegalArgumentException("the configuration defines the list " + name);
    }
    return replace(name, definition);
  }

  @Override
  public void put(String name, Cidr block, String value) {
    list(name).put(block, value);
  }

  @Override
  public Optional<String> query(String name, InetAddress address) {
    return list(name).query(address);
  }

  @Override
  public boolean contains(String name, InetAddress address) {
    return list(name).contains(address);
  }

  @Override
  public CompletableFuture<Void> reload(String name) {
    return list(name).reload();
  }

  private NamedList list(String name) {
    NamedList found = lists.get(name);
    if (found == null) {
      throw new IllegalArgumentException("there is no list " + name);
    }
    return found;
  }

  @Override
  public List<Status> lists() {
    return lists.values().stream().map(NamedList::status).toList();
  }

  // the console

  @Override
  public String name() {
    return "cidrdb";
  }

  @Override
  public String synopsis() {
    return "list | reload listname";
  }

  @Override
  public String summary() {
    return "Shows the lists of network blocks, or reads one anew";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return switch (arguments.size()) {
      case 0, 1 -> List.of("list", "reload");
      case 2 -> arguments.getFirst().equals("reload") ? List.copyOf(lists.keySet()) : List.of();
      default -> List.of();
    };
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = new ArrayList<>(invocation.arguments());
    String verb = words.isEmpty() ? "" : words.getFirst().toLowerCase(Locale.ROOT);
    Report report = new Report();
    if (verb.equals("list") && words.size() == 1) {
      list(report);
    } else if (verb.equals("reload") && words.size() == 2) {
      reload(words.get(1), report);
    } else {
      throw new ConsoleException("expected cidrdb " + synopsis());
    }
    invocation.print(report);
  }

  private void list(Report report) {
    report.rows("lists");
    for (Status list : lists()) {
      Report row =
          report
              .row("lists")
              .value("cidr_name", list.name())
              .value("refresh_interval", list.refreshSeconds())
              .value("entries", list.entries());
      list.secondsLeft().ifPresent(left -> row.value("seconds_until_refresh", left));
      list.failure().ifPresent(why -> row.value("failure", why));
      row.line(
          list.name()
              + (list.secondsLeft().isPresent()
                  ? " [refresh in " + list.secondsLeft().getAsLong() + " seconds]"
                  : list.refreshSeconds() > 0 ? " [refresh now]" : " [no refresh]")
              + list.failure().map(why -> " [failed: " + why + "]").orElse(""));
    }
  }

  private void reload(String name, Report report) throws ConsoleException {
    try {
      reload(name).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      Status now = list(name).status();
      report
          .value("cidr_name", name)
          .value("entries", now.entries())
          .linef("%s reloaded, %d entries", name, now.entries());
    } catch (IllegalArgumentException unknown) {
      throw new ConsoleException(unknown.getMessage() + "");
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause() == null ? failed : failed.getCause();
      throw new ConsoleException(name + " is as it was: " + cause.getMessage());
    } catch (TimeoutException late) {
      throw new ConsoleException(name + " is still being read");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted");
    }
  }
}
