package org.impetusmta.core.metrics;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.metrics.CacheWatch.Figures;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * {@code cache list [attribute …]}, {@code cache stat name} and {@code cache stats [name …]}.
 * Concurrent. Source: console_commands.cache_list, console_commands.cache_stat,
 * console_commands.cache_stats.
 */
@Component(service = ConsoleCommand.class)
public final class CacheCommand implements ConsoleCommand {
  private static final String COUNT = "%10d";
  private static final String PERCENT = "%6.2f%%";

  /** An attribute, how it is shown and how it is had. */
  private record Attribute(String format, Function<Figures, Number> value) {}

  private static final Map<String, Attribute> ATTRIBUTES = attributes();

  /** The second list of the manual has other words for some. */
  private static final Map<String, String> ALSO =
      Map.of(
          "used", "utilization",
          "replaced", "lru",
          "hitratio", "hit-rate",
          "queryrate", "query-rate");

  /** Replaced, never changed, as caches come and go. */
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile List<CacheWatch> caches;

  @Activate
  public CacheCommand() {
    this(List.of());
  }

  CacheCommand(List<CacheWatch> caches) {
    this.caches = caches;
  }

  private static Map<String, Attribute> attributes() {
    Map<String, Attribute> all = new LinkedHashMap<>();
    all.put("capacity", new Attribute(COUNT, Figures::capacity));
    all.put("entries", new Attribute(COUNT, Figures::entries));
    all.put("utilization", new Attribute(PERCENT, Figures::utilization));
    all.put("loads", new Attribute(COUNT, Figures::loads));
    all.put("stores", new Attribute(COUNT, Figures::stores));
    all.put("hits", new Attribute(COUNT, Figures::hits));
    all.put("misses", new Attribute(COUNT, Figures::misses));
    all.put("forced", new Attribute(COUNT, Figures::forced));
    all.put("expired", new Attribute(COUNT, Figures::expired));
    all.put("lru", new Attribute(COUNT, Figures::evicted));
    all.put("hit-rate", new Attribute(PERCENT, Figures::hitRate));
    all.put("workload", new Attribute(PERCENT, Figures::workload));
    all.put("query-rate", new Attribute(COUNT, figures -> Math.round(figures.queryRate())));
    return all;
  }

  @Override
  public String name() {
    return "cache";
  }

  @Override
  public String synopsis() {
    return "list [all | summary | attribute ...] | stat name | stats [name ...] [--json]";
  }

  @Override
  public String summary() {
    return "Shows the caches and how good they are";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  private List<CacheWatch> sorted() {
    return caches.stream().sorted(Comparator.comparing(CacheWatch::name)).toList();
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    String verb = words.isEmpty() ? "" : words.getFirst().toLowerCase(Locale.ROOT);
    List<String> rest = words.isEmpty() ? words : words.subList(1, words.size());
    Report report = new Report();
    switch (verb) {
      case "list" -> list(rest, report);
      case "stat" -> {
        if (rest.size() != 1) {
          throw new ConsoleException("expected cache stat and the name of one cache");
        }
        CacheWatch cache = find(rest.getFirst());
        stat(cache.name(), cache.figures(), report);
      }
      case "stats" -> stats(rest, report);
      default -> throw new ConsoleException("expected cache " + synopsis());
    }
    invocation.print(report);
  }

  private void list(List<String> typed, Report report) throws ConsoleException {
    List<CacheWatch> all = sorted();
    report.rows("caches");
    if (typed.equals(List.of("summary"))) {
      report.line("CAPACITY    ENTRIES     USED    HT/TL   RD/WR CACHE");
      all.forEach(cache -> summary(cache.name(), cache.figures(), report.row("caches")));
    } else {
      List<String> wanted =
          typed.equals(List.of("all")) ? List.copyOf(ATTRIBUTES.keySet()) : attributes(typed);
      if (typed.equals(List.of("all"))) {
        report.line(String.join(" ", wanted) + " cache");
      }
      all.forEach(cache -> row(cache, wanted, report.row("caches")));
    }
    report.linef(" %d caches listed.", all.size());
  }

  private static List<String> attributes(List<String> typed) throws ConsoleException {
    List<String> wanted =
        typed.stream()
            .map(word -> word.toLowerCase(Locale.ROOT))
            .map(word -> ALSO.getOrDefault(word, word))
            .toList();
    if (!ATTRIBUTES.keySet().containsAll(wanted)) {
      throw new ConsoleException(
          "Valid attributes are [" + String.join(",", ATTRIBUTES.keySet()) + "]");
    }
    return wanted;
  }

  private static void row(CacheWatch cache, List<String> wanted, Report row) {
    Figures figures = cache.figures();
    StringBuilder line = new StringBuilder();
    row.value("name", cache.name());
    for (String name : wanted) {
      Attribute attribute = ATTRIBUTES.get(name);
      if (attribute != null) {
        Number value = attribute.value().apply(figures);
        row.value(name.replace('-', '_'), value);
        line.append(String.format(Locale.ROOT, attribute.format(), value)).append(' ');
      }
    }
    row.line((line.isEmpty() ? " " : line) + cache.name());
  }

  private static void summary(String name, Figures figures, Report row) {
    row.value("name", name)
        .value("capacity", figures.capacity())
        .value("entries", figures.entries())
        .value("utilization", figures.utilization())
        .value("hit_rate", figures.hitRate())
        .value("workload", figures.workload())
        .linef(
            "%-10d  %-9d %6.2f%%  %6.2f%% %6.2f%% %s",
            figures.capacity(),
            figures.entries(),
            figures.utilization(),
            figures.hitRate(),
            figures.workload(),
            name);
  }

  private static void stat(String name, Figures figures, Report report) {
    report
        .figure("name", name, "Name          : %s")
        .figure("capacity", figures.capacity(), "Capacity      : %d")
        .figure("entries", figures.entries(), "Entries       : %d")
        .figure("utilization", figures.utilization(), "Utilization   : %6.2f%%")
        .figure("query_rate", Math.round(figures.queryRate()), "Query Rate    : %d q/s")
        .figure("loads", figures.loads(), "Loads         : %d")
        .figure("hits", figures.hits(), "  Hits        : %d")
        .figure("misses", figures.misses(), "  Misses      : %d")
        .figure("pending", figures.pending(), "  Pending     : %d")
        .figure("stores", figures.stores(), "Stores        : %d")
        .figure(
            "invalidations",
            figures.forced() + figures.expired() + figures.evicted(),
            "Invalidations : %d")
        .figure("forced", figures.forced(), "  Forced      : %d")
        .figure("expired", figures.expired(), "  Expired     : %d")
        .figure("evicted", figures.evicted(), "  Capacity    : %d")
        .figure("hit_rate", figures.hitRate(), "Hit Rate      : %6.2f%%")
        .figure("workload", figures.workload(), "Workload (R/W): %6.2f%%")
        .linef("  Reads       : %d", figures.loads())
        .linef("  Writes      : %d", figures.stores());
  }

  private void stats(List<String> names, Report report) throws ConsoleException {
    report
        .rows("caches")
        .line("cache name                      lookups %                  deletions %")
        .line("                       elts  hit miss pend  total  inserts man ttl lru  total")
        .line("---------------------- ----- -------------------- -------- ------------------");
    if (names.isEmpty()) {
      sorted().forEach(cache -> stats(cache.name(), cache.figures(), report.row("caches")));
    }
    for (String name : names) {
      CacheWatch cache = find(name);
      stats(cache.name(), cache.figures(), report.row("caches"));
    }
  }

  private static void stats(String name, Figures figures, Report row) {
    long deleted = figures.forced() + figures.expired() + figures.evicted();
    row.value("name", name)
        .value("entries", figures.entries())
        .value("hits", figures.hits())
        .value("misses", figures.misses())
        .value("pending", figures.pending())
        .value("stores", figures.stores())
        .value("forced", figures.forced())
        .value("expired", figures.expired())
        .value("evicted", figures.evicted())
        .linef(
            "%-22s %5d %3d %3d %3d %8d %8d %3d %3d %3d %8d",
            name,
            figures.entries(),
            percent(figures.hits(), figures.loads()),
            percent(figures.misses(), figures.loads()),
            percent(figures.pending(), figures.loads()),
            figures.loads(),
            figures.stores(),
            percent(figures.forced(), deleted),
            percent(figures.expired(), deleted),
            percent(figures.evicted(), deleted),
            deleted);
  }

  private static long percent(long part, long whole) {
    return whole <= 0 ? 0 : Math.round(100.0 * part / whole);
  }

  private CacheWatch find(String name) throws ConsoleException {
    return sorted().stream()
        .filter(cache -> cache.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new ConsoleException("there is no cache " + name + "; cache list names them"));
  }

  @Override
  public List<String> complete(List<String> arguments) {
    String begun = arguments.getLast();
    List<String> words =
        arguments.size() == 1
            ? List.of("list", "stat", "stats")
            : arguments.getFirst().equals("list")
                ? List.copyOf(ATTRIBUTES.keySet())
                : sorted().stream().map(CacheWatch::name).toList();
    return words.stream().filter(word -> word.startsWith(begun)).toList();
  }
}
