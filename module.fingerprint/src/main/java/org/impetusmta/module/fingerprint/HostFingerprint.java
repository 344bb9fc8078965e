package org.impetusmta.module.fingerprint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.hook.RunsIn;
import org.impetusmta.api.hook.ValidateConnect;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.policy.HostFingerprints;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks p0f what a client seems to run, when it connects: {@code fingerprint_genre} and {@code
 * fingerprint_detail} in the connection dictionary. A daemon that is slow or absent is left alone
 * for a while, and the client goes on without. Concurrent. Source: modules.host_fingerprint.
 */
@Module(
    name = "fingerprint",
    kind = Module.Kind.VALIDATE,
    singleton = "true",
    description = "Passive fingerprints of clients, from p0f")
@RunsIn("IO")
@Component(
    factory = Module.FACTORY + "fingerprint",
    service = {
      ValidateConnect.class,
      LogReception.class,
      LogRejection.class,
      HostFingerprints.class,
      ConsoleCommand.class,
      CacheWatch.class
    })
public final class HostFingerprint
    implements ValidateConnect,
        LogReception,
        LogRejection,
        HostFingerprints,
        ConsoleCommand,
        CacheWatch {
  private static final Logger LOG = LoggerFactory.getLogger(HostFingerprint.class);
  static final String GENRE = "fingerprint_genre";
  static final String DETAIL = "fingerprint_detail";

  /** How long p0f is not asked when it failed. */
  static final Duration RESPITE = Duration.ofSeconds(10);

  private final P0f p0f;
  private final Path socket;
  private final HostCache cache;
  private final Genres genres = new Genres();
  private final InstantSource clock;
  private volatile long notBeforeMillis;

  /** The options of the fingerprint stanza. */
  @OptionSet("fingerprint")
  public record Options(
      @Option(value = "10000", min = 1, max = 10_000_000, doc = "Most hosts that are remembered")
          int maxCacheSize,
      @Option(value = "/tmp/p0fd", doc = "Socket of p0f; beyond the manual") String socket,
      @Option(
              value = "1000",
              min = 1,
              max = 60_000,
              unit = Option.Unit.MILLISECONDS,
              doc = "Longest time that p0f may take, milliseconds; beyond the manual")
          Duration timeout) {}

  @Activate
  public HostFingerprint(Map<String, Object> properties, @Reference Scheduler scheduler)
      throws ConfigException {
    this(ModuleStanza.of(properties).options(Options.class), scheduler.clock());
  }

  HostFingerprint(Options options, InstantSource clock) throws ConfigException {
    this.clock = clock;
    this.cache = new HostCache(options.maxCacheSize(), clock.millis());
    try {
      this.socket = Path.of(options.socket());
    } catch (InvalidPathException bad) {
      throw new ConfigException(
          "fingerprint: socket = \"" + options.socket() + "\", expected the path of a socket");
    }
    this.p0f = new P0f(socket, options.timeout());
  }

  @Override
  public Verdict validateConnect(AcceptConstruct connection) {
    Optional<InetAddress> host = connection.remoteAddress();
    if (host.isEmpty()) {
      return Verdict.CONTINUE;
    }
    Optional<Fingerprint> found = cache.find(host.get(), clock.millis());
    if (found.isEmpty()) {
      found = ask(host.get(), connection);
    }
    found.ifPresent(
        fingerprint -> {
          connection.context().set(GENRE, fingerprint.genre());
          connection.context().set(DETAIL, fingerprint.detail());
        });
    return Verdict.CONTINUE;
  }

  private Optional<Fingerprint> ask(InetAddress host, AcceptConstruct connection) {
    if (clock.millis() < notBeforeMillis) {
      return Optional.empty();
    }
    try {
      Optional<Fingerprint> found =
          p0f.ask(
              new InetSocketAddress(host, port(connection.remote())),
              new InetSocketAddress(address(connection.local()), port(connection.local())));
      found.ifPresent(fingerprint -> cache.put(host, fingerprint, clock.millis()));
      if (notBeforeMillis != 0) {
        notBeforeMillis = 0;
        LOG.info("p0f answers again at {}", socket);
      }
      return found;
    } catch (IOException failure) {
      if (notBeforeMillis == 0) {
        LOG.error(
            "p0f does not answer at {}, clients are not looked at: {}", socket, failure.toString());
      }
      notBeforeMillis = clock.millis() + RESPITE.toMillis();
      return Optional.empty();
    }
  }

  private static int port(String end) {
    String digits = end.substring(end.lastIndexOf(':') + 1);
    return digits.matches("\\d{1,5}") ? Math.min(65_535, Integer.parseInt(digits)) : 0;
  }

  private static InetAddress address(String end) {
    int colon = end.lastIndexOf(':');
    String text = colon < 0 ? end : end.substring(0, colon).replaceAll("[\\[\\]]", "");
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException none) {
      return InetAddress.getLoopbackAddress();
    }
  }

  @Override
  public Optional<Fingerprint> fingerprint(AcceptConstruct connection) {
    return of(connection.context());
  }

  private static Optional<Fingerprint> of(Context context) {
    return context.get(GENRE).map(genre -> new Fingerprint(genre, context.get(DETAIL).orElse("")));
  }

  @Override
  public void logReception(LogEvent.Reception event) {
    of(event.message().connectionContext()).ifPresent(genres::received);
  }

  @Override
  public void logRejection(LogEvent.Rejection event) {
    String genre = event.connectionContext().get(GENRE);
    if (genre != null) {
      genres.rejected(new Fingerprint(genre, event.connectionContext().getOrDefault(DETAIL, "")));
    }
  }

  // the console

  @Override
  public String name() {
    return "fingerprint";
  }

  @Override
  public Figures figures() {
    return cache.figures(clock.millis());
  }

  @Override
  public String synopsis() {
    return "cache summary | rejection summary";
  }

  @Override
  public String summary() {
    return "Shows the cache of fingerprints, or receptions and rejections by them";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return switch (arguments.size()) {
      case 0, 1 -> List.of("cache", "rejection");
      case 2 -> List.of("summary");
      default -> List.of();
    };
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    String typed = String.join(" ", invocation.arguments()).toLowerCase(Locale.ROOT);
    Report report = new Report();
    switch (typed) {
      case "cache summary" -> {
        Figures now = figures();
        report.figure("entries", now.entries(), "Hosts:    %d");
        report.figure("capacity", now.capacity(), "Capacity: %d");
        report.figure("hits", now.hits(), "Hits:     %d");
        report.figure("misses", now.misses(), "Misses:   %d");
      }
      case "rejection summary" -> {
        report.rows("fingerprints").line("GENRE\tDETAIL\tRECEPTIONS\tREJECTIONS");
        for (Genres.Count count : genres.all()) {
          report
              .row("fingerprints")
              .value("genre", count.fingerprint().genre())
              .value("detail", count.fingerprint().detail())
              .value("receptions", count.receptions())
              .value("rejections", count.rejections())
              .linef(
                  "%s\t%s\t%d\t%d",
                  count.fingerprint().genre(),
                  count.fingerprint().detail(),
                  count.receptions(),
                  count.rejections());
        }
      }
      default -> throw new ConsoleException("expected fingerprint " + synopsis());
    }
    invocation.print(report);
  }
}
