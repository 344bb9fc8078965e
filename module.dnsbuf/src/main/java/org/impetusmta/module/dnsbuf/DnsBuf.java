package org.impetusmta.module.dnsbuf;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.dns.DnsSockets;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the buffer sizes of the resolver's UDP sockets, again and again: a change comes into force
 * with the next run, for sockets that are open and for those opened from then on. Unloading gives
 * new sockets back to {@code dns_udp_*}. Concurrent. Source: modules.dnsbuf.
 */
@Module(
    name = "dnsbuf",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    description = "Buffer sizes of the DNS sockets")
@Component(
    factory = Module.FACTORY + "dnsbuf",
    service = {ConsoleCommand.class, Reconfigurable.class})
public final class DnsBuf implements ConsoleCommand, Reconfigurable {
  private static final Logger LOG = LoggerFactory.getLogger(DnsBuf.class);

  private final DnsSockets sockets;
  private final EventLoop loop;
  private final Scheduler scheduler;
  private volatile Options options;
  private EventLoop.@Nullable Timer timer;
  private boolean ended;

  /** The options of the dnsbuf stanza. */
  @OptionSet("dnsbuf")
  public record Options(
      @Option(
              value = "131072",
              min = 1024,
              max = Integer.MAX_VALUE,
              unit = Option.Unit.SIZE,
              doc = "SO_SNDBUF of DNS sockets; Linux doubles it")
          int sndbufSize,
      @Option(
              value = "131072",
              min = 1024,
              max = Integer.MAX_VALUE,
              unit = Option.Unit.SIZE,
              doc = "SO_RCVBUF of DNS sockets; Linux doubles it")
          int rcvbufSize,
      @Option(value = "60", min = 1, doc = "Seconds between two runs that set them")
          Duration interval) {}

  @Activate
  public DnsBuf(
      Map<String, Object> properties,
      @Reference DnsSockets sockets,
      @Reference Scheduler scheduler) {
    this(ModuleStanza.of(properties).options(Options.class), sockets, scheduler);
  }

  DnsBuf(Options options, DnsSockets sockets, Scheduler scheduler) {
    this.options = options;
    this.sockets = sockets;
    this.scheduler = scheduler;
    this.loop = scheduler.loops().getFirst();
    // not now: the configuration may still be refused
    plan();
  }

  private synchronized void plan() {
    if (!ended) {
      timer = loop.schedule(this::run, options.interval());
    }
  }

  private void run() {
    scheduler
        .pool("IO")
        .execute(
            () -> {
              apply();
              plan();
            });
  }

  private synchronized void apply() {
    if (!ended) {
      int changed = sockets.buffers(options.sndbufSize(), options.rcvbufSize());
      LOG.debug("{} DNS sockets were open", changed);
    }
  }

  @Override
  public void prepare(ModuleStanza next) {}

  @Override
  public void commit(ModuleStanza now) {
    options = now.options(Options.class);
  }

  @Deactivate
  synchronized void end() {
    ended = true;
    EventLoop.Timer waiting = timer;
    if (waiting != null) {
      waiting.cancel();
    }
    sockets.buffers(0, 0);
  }

  @Override
  public String name() {
    return "dnsbuf";
  }

  @Override
  public String synopsis() {
    return "verify";
  }

  @Override
  public String summary() {
    return "Shows the buffer sizes of the DNS sockets as the kernel has them";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return arguments.size() > 1 ? List.of() : List.of("verify");
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    if (!String.join(" ", invocation.arguments()).toLowerCase(Locale.ROOT).equals("verify")) {
      throw new ConsoleException("expected dnsbuf " + synopsis());
    }
    Report report = new Report();
    report.rows("sockets");
    int number = 0;
    for (DnsSockets.Buffers socket : sockets.open()) {
      report
          .row("sockets")
          .value("server", socket.server().getAddress().getHostAddress())
          .value("sndbuf_size", socket.send())
          .value("rcvbuf_size", socket.receive())
          .linef(
              "Socket %d (%s): SO_SNDBUF %d, SO_RCVBUF %d",
              number++,
              socket.server().getAddress().getHostAddress(),
              socket.send(),
              socket.receive());
    }
    try {
      DnsSockets.Buffers fresh = sockets.fresh();
      report
          .value("sndbuf_size_of_new_sockets", fresh.send())
          .value("rcvbuf_size_of_new_sockets", fresh.receive())
          .linef("New sockets: SO_SNDBUF %d, SO_RCVBUF %d", fresh.send(), fresh.receive());
    } catch (IOException failure) {
      throw new ConsoleException("no socket can be opened: " + failure.getMessage());
    }
    invocation.print(report);
  }
}
