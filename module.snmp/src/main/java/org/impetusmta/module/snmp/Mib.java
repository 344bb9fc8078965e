package org.impetusmta.module.snmp;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.impetusmta.api.queue.QueueFigures;
import org.impetusmta.api.spool.Spool;
import org.snmp4j.smi.Counter32;
import org.snmp4j.smi.Gauge32;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.TimeTicks;
import org.snmp4j.smi.Variable;

/**
 * What a manager may read: the system group, MTA-MIB (RFC 2789) with the server as its one MTA and
 * bindings as its groups, and the manual's own objects. Objects that nobody counts here are absent.
 * What can be walked is looked up anew each second at most. Concurrent. Source: snmp-mib.
 */
final class Mib {
  private static final long FRESH_NANOS = 1_000_000_000L;
  private static final long UINT32 = 0xFFFF_FFFFL;

  private final Agent agent;
  private final QueueFigures queues;
  private final Spool spool;
  private final LongSupplier nanoTime;
  private Optional<View> last = Optional.empty();

  /** What the agent says of itself. */
  record Agent(String description, String contact, String location, String version) {}

  private record View(
      long nanos, TreeMap<OID, Variable> objects, List<QueueFigures.OfBinding> bindings) {}

  Mib(Agent agent, QueueFigures queues, Spool spool, LongSupplier nanoTime) {
    this.agent = agent;
    this.queues = queues;
    this.spool = spool;
    this.nanoTime = nanoTime;
  }

  /** The value of {@code oid}; empty where there is no such object. */
  Optional<Variable> get(OID oid) {
    return oid.startsWith(Oids.DOMAINS)
        ? domain(oid)
        : Optional.ofNullable(view().objects.get(oid));
  }

  /** The first object behind {@code oid}; empty at the end. Domains cannot be walked. */
  Optional<Map.Entry<OID, Variable>> next(OID oid) {
    return Optional.ofNullable(view().objects.higherEntry(oid));
  }

  /** The value as a 32-bit counter, which wraps. */
  static Counter32 counter(long value) {
    return new Counter32(value & UINT32);
  }

  private static Gauge32 gauge(long value) {
    return new Gauge32(Math.clamp(value, 0, UINT32));
  }

  /** Hundredths of a second since the start. */
  static TimeTicks upTime() {
    return new TimeTicks(ManagementFactory.getRuntimeMXBean().getUptime() / 10 & UINT32);
  }

  private static OctetString text(String text) {
    return new OctetString(text.getBytes(StandardCharsets.UTF_8));
  }

  // ---- what can be walked ----

  private synchronized View view() {
    long now = nanoTime.getAsLong();
    if (last.isEmpty() || now - last.get().nanos >= FRESH_NANOS) {
      List<QueueFigures.OfBinding> bindings = queues.bindings();
      TreeMap<OID, Variable> objects = new TreeMap<>();
      QueueFigures.Totals totals = queues.totals();
      system(objects);
      mta(totals, bindings, objects);
      product(objects);
      groups(totals, bindings, objects);
      unlinks(objects);
      last = Optional.of(new View(now, objects, bindings));
    }
    return last.get();
  }

  private void system(Map<OID, Variable> to) {
    to.put(Oids.of(Oids.SYSTEM, 1, 0), text(agent.description));
    to.put(Oids.of(Oids.SYSTEM, 2, 0), Oids.ECELERITY);
    to.put(Oids.of(Oids.SYSTEM, 3, 0), upTime());
    to.put(Oids.of(Oids.SYSTEM, 4, 0), text(agent.contact));
    to.put(Oids.of(Oids.SYSTEM, 5, 0), text(hostName()));
    to.put(Oids.of(Oids.SYSTEM, 6, 0), text(agent.location));
    to.put(Oids.of(Oids.SYSTEM, 7, 0), new Integer32(64)); // an application
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "";
    }
  }

  private static void mta(
      QueueFigures.Totals totals, List<QueueFigures.OfBinding> bindings, Map<OID, Variable> to) {
    OID mta = Oids.of(Oids.MTA, 1, 1);
    to.put(Oids.of(mta, 1, 1), counter(totals.received()));
    to.put(Oids.of(mta, 2, 1), gauge(totals.total()));
    to.put(Oids.of(mta, 3, 1), counter(totals.delivered()));
    OID group = Oids.of(Oids.MTA, 2, 1);
    group(
        group,
        1,
        "none/all",
        new long[] {
          totals.received(), totals.total(), totals.delivered(), totals.outboundConnections()
        },
        to);
    to.put(Oids.of(group, 3, 1, 1), counter(totals.rejected()));
    to.put(Oids.of(group, 13, 1, 1), gauge(totals.inboundConnections()));
    int index = 2;
    for (QueueFigures.OfBinding one : bindings) {
      group(
          group,
          index++,
          name(one),
          new long[] {one.received(), one.total(), one.delivered(), one.connections()},
          to);
    }
  }

  /** The columns of mtaGroupTable that all groups have. */
  private static void group(
      OID table, int index, String name, long[] figures, Map<OID, Variable> to) {
    to.put(Oids.of(table, 2, 1, index), counter(figures[0]));
    to.put(Oids.of(table, 4, 1, index), gauge(figures[1]));
    to.put(Oids.of(table, 5, 1, index), counter(figures[2]));
    to.put(Oids.of(table, 14, 1, index), gauge(figures[3]));
    to.put(Oids.of(table, 25, 1, index), text(name));
  }

  /** Group and binding, as the manual writes them; outside all groups the group is "none". */
  private static String name(QueueFigures.OfBinding one) {
    return (one.group().equals("default") ? "none" : one.group()) + "/" + one.name();
  }

  private void product(Map<OID, Variable> to) {
    to.put(Oids.of(Oids.ECELERITY, 1, 1), text("Impetus"));
    to.put(Oids.of(Oids.ECELERITY, 1, 2), text(agent.version));
    to.put(Oids.of(Oids.ECELERITY, 1, 3), text("")); // builds are reproducible: they have no date
  }

  private static void groups(
      QueueFigures.Totals totals, List<QueueFigures.OfBinding> bindings, Map<OID, Variable> to) {
    queued(1, totals.active(), totals.delayed(), totals.failed(), "none/all", to);
    int index = 2;
    for (QueueFigures.OfBinding one : bindings) {
      queued(index++, one.active(), one.delayed(), one.failed(), name(one), to);
    }
  }

  private static void queued(
      int index, long active, long delayed, long failed, String name, Map<OID, Variable> to) {
    to.put(Oids.of(Oids.GROUPS, 1, index), counter(active));
    to.put(Oids.of(Oids.GROUPS, 2, index), counter(delayed));
    to.put(Oids.of(Oids.GROUPS, 3, index), counter(failed));
    to.put(Oids.of(Oids.GROUPS, 4, index), text(name));
  }

  private void unlinks(Map<OID, Variable> to) {
    Spool.Unlinks unlinks = spool.statistics().unlinks();
    to.put(Oids.of(Oids.UNLINK, 1), integer(unlinks.backlog()));
    to.put(Oids.of(Oids.UNLINK, 2), integer(unlinks.batchBacklog()));
    count(3, unlinks.messages(), to);
    count(4, unlinks.headers(), to);
    count(5, unlinks.bodies(), to);
  }

  private static void count(int part, Spool.Count count, Map<OID, Variable> to) {
    to.put(Oids.of(Oids.UNLINK, part, 1), integer(count.submissions()));
    to.put(Oids.of(Oids.UNLINK, part, 2), integer(count.attempts()));
    to.put(Oids.of(Oids.UNLINK, part, 3), integer(count.failures()));
  }

  private static Integer32 integer(long value) {
    return new Integer32((int) Math.min(value, Integer.MAX_VALUE));
  }

  // ---- what must be asked for by name ----

  /** {@code DOMAINS.length.letters….metric.group}: group 0 is all bindings, 1 the first one. */
  private Optional<Variable> domain(OID oid) {
    int at = Oids.DOMAINS.size();
    if (oid.size() <= at || oid.get(at) < 1 || oid.size() != at + 1 + oid.get(at) + 2) {
      return Optional.empty();
    }
    int length = oid.get(at);
    StringBuilder name = new StringBuilder(length);
    for (int i = at + 1; i <= at + length; i++) {
      if (oid.get(i) < 1 || oid.get(i) > 255) {
        return Optional.empty();
      }
      name.append((char) oid.get(i));
    }
    int metric = oid.get(at + length + 1);
    int group = oid.get(at + length + 2);
    List<QueueFigures.OfBinding> bindings = view().bindings;
    if (group < 0 || group > bindings.size() || metric < 0 || metric > 7) {
      return Optional.empty();
    }
    String domain = name.toString().toLowerCase(Locale.ROOT);
    Optional<String> binding =
        group == 0 ? Optional.empty() : Optional.of(bindings.get(group - 1).name());
    return queues.domain(domain, binding).map(figures -> metric(metric, domain, figures));
  }

  private static Variable metric(int metric, String domain, QueueFigures.OfDomain figures) {
    return switch (metric) {
      case 0 -> text(domain);
      case 1 -> counter(figures.received());
      case 2 -> counter(figures.failed());
      case 3 -> counter(figures.delivered());
      case 4 -> counter(figures.transientFailures());
      case 5 -> gauge(figures.connections());
      case 6 -> gauge(figures.active());
      default -> gauge(figures.delayed());
    };
  }
}
