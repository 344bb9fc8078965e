package org.impetusmta.core.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ClassLoadingMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@code memory [type]}: what the virtual machine counts, first what it counts by pieces, then what
 * it counts by octets alone. RSS is what the server has taken for itself, System RSS what the
 * kernel says is resident; percentages are of the machine's memory. What is not counted is {@code
 * -}, in JSON left out. Concurrent. Source: console_commands.memory.
 */
@Component(service = ConsoleCommand.class)
public final class MemoryCommand implements ConsoleCommand {
  private final Supplier<Snapshot> memory;

  /**
   * Memory of which there are pieces; -1: not counted.
   *
   * @param made how many there ever were
   */
  record Pieces(String type, long active, long peak, long made, long octets) {}

  /** Memory without pieces; -1: not counted. */
  record Octets(String type, long current, long peak) {}

  /**
   * One look.
   *
   * @param resident as the kernel says
   * @param machine all memory of the machine
   */
  record Snapshot(
      List<Pieces> pieces, List<Octets> octets, Optional<Long> resident, long machine) {}

  @Activate
  public MemoryCommand() {
    this(MemoryCommand::look);
  }

  MemoryCommand(Supplier<Snapshot> memory) {
    this.memory = memory;
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String synopsis() {
    return "[memory_type] [--json]";
  }

  @Override
  public String summary() {
    return "Shows how much memory is in use, and for what";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  private static Snapshot look() {
    List<Pieces> pieces = new ArrayList<>();
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      pieces.add(
          new Pieces(
              "buffer:" + word(pool.getName()), pool.getCount(), -1, -1, pool.getMemoryUsed()));
    }
    ClassLoadingMXBean classes = ManagementFactory.getClassLoadingMXBean();
    pieces.add(
        new Pieces(
            "class", classes.getLoadedClassCount(), -1, classes.getTotalLoadedClassCount(), -1));
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    pieces.add(
        new Pieces(
            "thread",
            threads.getThreadCount(),
            threads.getPeakThreadCount(),
            threads.getTotalStartedThreadCount(),
            -1));
    List<Octets> octets = new ArrayList<>();
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      octets.add(
          new Octets(
              (pool.getType() == MemoryType.HEAP ? "heap:" : "jvm:") + word(pool.getName()),
              pool.getUsage().getUsed(),
              pool.getPeakUsage().getUsed()));
    }
    if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider netty) {
      ByteBufAllocatorMetric metric = netty.metric();
      octets.add(new Octets("netty:direct", metric.usedDirectMemory(), -1));
      octets.add(new Octets("netty:heap", metric.usedHeapMemory(), -1));
    }
    return new Snapshot(pieces, octets, ProcessMemory.resident(), ProcessMemory.ofMachine());
  }

  private static String word(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^_|_$", "");
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() > 1) {
      throw new ConsoleException("expected memory, or memory and one memory type");
    }
    Snapshot now = memory.get();
    Report report = new Report();
    if (words.isEmpty()) {
      pieces(now.pieces(), report);
      octets(now.octets(), report);
      resident(now, report);
    } else {
      String type = words.getFirst();
      List<Pieces> pieces = now.pieces().stream().filter(one -> one.type().equals(type)).toList();
      List<Octets> octets = now.octets().stream().filter(one -> one.type().equals(type)).toList();
      if (pieces.isEmpty() && octets.isEmpty()) {
        throw new ConsoleException("there is no memory type " + type + "; memory lists them");
      }
      if (!pieces.isEmpty()) {
        pieces(pieces, report);
      }
      if (!octets.isEmpty()) {
        octets(octets, report);
      }
    }
    invocation.print(report);
  }

  private static void pieces(List<Pieces> all, Report report) {
    String rule = "------------------------------ ------ ------- ------- ------- ---------";
    report
        .rows("objects")
        .line("                        memory   buf  active  peak    allocd    current")
        .line("                        type     size objects objects objects   bytes")
        .line(rule);
    long sum = 0;
    for (Pieces one : all) {
      Report row = report.row("objects").value("type", one.type());
      counted(row, "active", one.active());
      counted(row, "peak", one.peak());
      counted(row, "allocated", one.made());
      counted(row, "bytes", one.octets());
      row.linef(
          "%30s %6s %7s %7s %7s %9s",
          one.type(),
          one.octets() < 0 ? "-" : one.octets() / Math.max(1, one.active()),
          shown(one.active()),
          shown(one.peak()),
          shown(one.made()),
          shown(one.octets()));
      sum += Math.max(0, one.octets());
    }
    report.line(rule).linef("%71d", sum).line("");
  }

  private static void octets(List<Octets> all, Report report) {
    String rule = "------------------------------ ----------- -----------";
    report
        .rows("types")
        .line("       memory                  current     peak")
        .line("       type                    bytes       bytes")
        .line(rule);
    long sum = 0;
    for (Octets one : all) {
      Report row = report.row("types").value("type", one.type());
      counted(row, "bytes", one.current());
      counted(row, "peak_bytes", one.peak());
      row.linef("       %-23s %-11d %s", one.type(), one.current(), shown(one.peak()));
      sum += one.current();
    }
    report.line(rule).linef("       %-23s %d", "", sum);
  }

  private static void resident(Snapshot now, Report report) {
    long own =
        now.pieces().stream().mapToLong(one -> Math.max(0, one.octets())).sum()
            + now.octets().stream()
                .filter(one -> !one.type().startsWith("netty:"))
                .mapToLong(Octets::current)
                .sum();
    report.value("rss", own).line(line("RSS:", own, now.machine()));
    now.resident()
        .ifPresent(
            system ->
                report
                    .value("system_rss", system)
                    .line(line("System RSS:", system, now.machine())));
  }

  private static String line(String what, long octets, long machine) {
    return String.format(
        Locale.ROOT,
        "%-15s %-15d %15s %6.2f%%",
        what,
        octets,
        String.format(Locale.ROOT, "%,d", octets),
        machine <= 0 ? 0.0 : 100.0 * octets / machine);
  }

  private static void counted(Report row, String name, long value) {
    if (value >= 0) {
      row.value(name, value);
    }
  }

  private static String shown(long value) {
    return value < 0 ? "-" : Long.toString(value);
  }

  @Override
  public List<String> complete(List<String> arguments) {
    if (arguments.size() != 1) {
      return List.of();
    }
    Snapshot now = memory.get();
    List<String> types = new ArrayList<>();
    now.pieces().forEach(one -> types.add(one.type()));
    now.octets().forEach(one -> types.add(one.type()));
    return types.stream().filter(type -> type.startsWith(arguments.getFirst())).toList();
  }
}
