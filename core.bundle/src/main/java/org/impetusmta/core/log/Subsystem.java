package org.impetusmta.core.log;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The subsystems of {@code Debug_Flags}: the symbol that the manual has, and the loggers whose
 * messages are the subsystem's here. This table is the only place that says so. A logger that no
 * row covers is generic, {@link #ERROR}; the longest prefix counts, and a prefix may stand in
 * several rows. Source: conf.ref.debug_flags.
 *
 * <p>The manual says that a mask may be a decimal number, not which bit is whose: here the bits
 * count up from 1 in the order of its table, then the two that came later.
 */
enum Subsystem {
  ERROR(0, "whatever no other flag covers"),
  TIME(1, "timers", "core.net.NettyEventLoop"),
  FD(
      2,
      "sockets that listen, log files, segments of the spool",
      "listener.esmtp.ListenSocket",
      "listener.control.SocketFile",
      "module.ec_logger.LogFile",
      "spool.journal.JournalDirectory"),
  SMTP(3, "receiving and sending", "listener.esmtp", "core.reception", "delivery.esmtp"),
  LOG1(4, "the event log and its loggers", "core.log", "module.ec_logger"),
  DNS(5, "lookups", "core.route", ":org.xbill.DNS"),
  DNSDS(6, "the cache of lookups", "core.route.DnsCache", "core.route.ResolvConf"),
  NET(
      7,
      "event loops and connections",
      "core.net",
      ":io.netty",
      "listener.control",
      "listener.esmtp.ListenSocket",
      "listener.esmtp.EsmtpConnection",
      "delivery.esmtp.EsmtpConnection"),
  SIG(8, "being told to end", "core.kernel.Signals", "core.console.Shutdown"),
  MEM(9, "bodies that leave memory", "core.queue.Residency"),
  DB(10, "the spool's engines", "spool"),
  LIC(11, Optional.of("Impetus needs no licence"), "licences"),
  SSL(12, Optional.of("Impetus has no TLS yet"), "TLS"),
  MOD(13, "modules and hooks", "core.module", "core.hook", "module", ":org.apache.felix"),
  START(14, "start and configuration", "core.kernel", "core.config"),
  DANE(15, "TLSA records", "module.dane"),
  MTA_STS(16, "policies of MTA-STS", "module.mta_sts");

  /** The mask of all subsystems. */
  static final int ALL = (1 << 17) - 1;

  private static final String OURS = "org.impetusmta.";
  private static final Map<String, Integer> KNOWN = new ConcurrentHashMap<>();

  private final int bit;
  private final String about;
  private final Optional<String> noSource;

  @SuppressWarnings("ImmutableEnumChecker") // an unmodifiable list
  private final List<String> loggers;

  Subsystem(int place, String about, String... loggers) {
    this(place, Optional.empty(), about, loggers);
  }

  Subsystem(int place, Optional<String> noSource, String about, String... loggers) {
    this.bit = 1 << place;
    this.noSource = noSource;
    this.about = about;
    this.loggers =
        List.of(loggers).stream()
            .map(name -> name.startsWith(":") ? name.substring(1) : OURS + name)
            .toList();
  }

  /** What its messages are about. */
  String about() {
    return about;
  }

  /** Why nothing in Impetus has messages of it, if so. */
  Optional<String> noSource() {
    return noSource;
  }

  /** The names, or beginnings of names, of its loggers. */
  List<String> loggers() {
    return loggers;
  }

  int bit() {
    return bit;
  }

  static Optional<Subsystem> of(String symbol) {
    String upper = symbol.toUpperCase(Locale.ROOT);
    for (Subsystem subsystem : values()) {
      if (subsystem.name().equals(upper)) {
        return Optional.of(subsystem);
      }
    }
    return Optional.empty();
  }

  /** The mask of the subsystems that a logger belongs to. */
  static int mask(String logger) {
    return KNOWN.computeIfAbsent(logger, Subsystem::find);
  }

  private static int find(String logger) {
    for (String name = logger; !name.isEmpty(); name = parent(name)) {
      int mask = 0;
      for (Subsystem subsystem : values()) {
        if (subsystem.loggers.contains(name)) {
          mask |= subsystem.bit();
        }
      }
      if (mask != 0) {
        return mask;
      }
    }
    return ERROR.bit();
  }

  /** The name without its last part. */
  static String parent(String logger) {
    int dot = logger.lastIndexOf('.');
    return dot < 0 ? "" : logger.substring(0, dot);
  }
}
