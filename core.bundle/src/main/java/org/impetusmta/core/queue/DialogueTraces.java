package org.impetusmta.core.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DialogueTrace;
import org.impetusmta.api.scheduler.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The traces of outbound dialogues that an operator asked for: each has a binding, a domain and a
 * file. Lines are made on the loops and written in the pool IO; what the disk does not take in time
 * is counted and left out. Concurrent. Source: console_commands.trace_smtp.
 */
public final class DialogueTraces {
  private static final Logger LOG = LoggerFactory.getLogger(DialogueTraces.class);

  /** Lines of one trace that wait for the disk. */
  private static final int MOST_WAITING = 10_000;

  /** Characters of a line that are written. */
  private static final int LONGEST = 2000;

  /** Most traces at a time. */
  private static final int MOST = 100;

  /** How trace files are made. Immutable. */
  @OptionSet(Scopes.GLOBAL)
  public record Options(
      @Option(
              value = "0640",
              max = 0777,
              unit = Option.Unit.OCTAL,
              dynamic = false,
              doc = "Mode of a trace file that is created")
          int traceSmtpMode) {}

  private final Scheduler scheduler;
  private final Set<PosixFilePermission> mode;
  private final AtomicInteger numbers = new AtomicInteger();
  private final CopyOnWriteArrayList<Tracer> tracers = new CopyOnWriteArrayList<>();

  DialogueTraces(Configuration configuration, Scheduler scheduler) {
    this.scheduler = scheduler;
    this.mode =
        permissions(
            configuration.current().options(Options.class, ScopePath.GLOBAL).traceSmtpMode());
  }

  private static Set<PosixFilePermission> permissions(int octal) {
    PosixFilePermission[] all = {
      PosixFilePermission.OWNER_READ,
      PosixFilePermission.OWNER_WRITE,
      PosixFilePermission.OWNER_EXECUTE,
      PosixFilePermission.GROUP_READ,
      PosixFilePermission.GROUP_WRITE,
      PosixFilePermission.GROUP_EXECUTE,
      PosixFilePermission.OTHERS_READ,
      PosixFilePermission.OTHERS_WRITE,
      PosixFilePermission.OTHERS_EXECUTE
    };
    EnumSet<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < all.length; i++) {
      if ((octal & (0400 >> i)) != 0) {
        set.add(all[i]);
      }
    }
    return set;
  }

  /**
   * Begins a trace; blocks.
   *
   * @param binding a name, or {@code *} for all
   * @param domain a name in lower case, or {@code *} for all
   * @throws IOException when the file cannot be written, or there are too many traces
   */
  public Tracer add(String binding, String domain, Path file) throws IOException {
    if (tracers.size() >= MOST) {
      throw new IOException("there are " + MOST + " traces already");
    }
    SeekableByteChannel channel =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
            PosixFilePermissions.asFileAttribute(mode));
    Tracer tracer = new Tracer(numbers.incrementAndGet(), binding, domain, file, channel);
    tracers.add(tracer);
    return tracer;
  }

  /** The traces, oldest first. */
  public List<Tracer> all() {
    return List.copyOf(tracers);
  }

  /** Ends a trace once what waits is written; false: there is none of that number. */
  public boolean remove(int number) {
    for (Tracer tracer : tracers) {
      if (tracer.number == number && tracers.remove(tracer)) {
        tracer.end();
        return true;
      }
    }
    return false;
  }

  /** Those that follow a connection. */
  Optional<DialogueTrace> of(Delivery delivery, long serial) {
    if (tracers.isEmpty()) {
      return Optional.empty();
    }
    List<Tracer> mine =
        tracers.stream()
            .filter(t -> t.binding.equals("*") || t.binding.equals(delivery.binding()))
            .filter(t -> t.domain.equals("*") || t.domain.equalsIgnoreCase(delivery.domain()))
            .toList();
    return mine.isEmpty() ? Optional.empty() : Optional.of(new Lines(mine, delivery, serial));
  }

  /** The lines of one connection. Confined to its loop. */
  private final class Lines implements DialogueTrace {
    private final List<Tracer> to;
    private final String prefix;

    Lines(List<Tracer> to, Delivery delivery, long serial) {
      this.to = to;
      this.prefix =
          " "
              + serial
              + " "
              + delivery.binding()
              + " "
              + delivery.domain()
              + " "
              + delivery.address().getAddress().getHostAddress()
              + " ";
    }

    @Override
    public void sent(String line) {
      write("-> ", line);
    }

    @Override
    public void received(String reply) {
      reply.lines().forEach(line -> write("<- ", line));
    }

    @Override
    public void note(String text) {
      write("-- ", text);
    }

    private void write(String direction, String text) {
      Instant now = scheduler.clock().instant();
      String line = now + prefix + direction + printable(text) + "\n";
      to.forEach(tracer -> tracer.write(line));
    }

    private static String printable(String text) {
      StringBuilder line = new StringBuilder(text.length());
      for (int i = 0; i < Math.min(text.length(), LONGEST); i++) {
        char c = text.charAt(i);
        if (Character.isISOControl(c)) {
          line.append(String.format(java.util.Locale.ROOT, "\\x%02X", (int) c));
        } else {
          line.append(c);
        }
      }
      return line.toString();
    }
  }

  /** One trace. Concurrent. */
  public final class Tracer {
    private final int number;
    private final String binding;
    private final String domain;
    private final Path file;
    private final SeekableByteChannel channel;
    private final ConcurrentLinkedQueue<String> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicBoolean writing = new AtomicBoolean();
    private volatile boolean ended;
    private volatile long octets;

    private Tracer(
        int number, String binding, String domain, Path file, SeekableByteChannel channel) {
      this.number = number;
      this.binding = binding;
      this.domain = domain;
      this.file = file;
      this.channel = channel;
    }

    public int number() {
      return number;
    }

    public String binding() {
      return binding;
    }

    public String domain() {
      return domain;
    }

    public Path file() {
      return file;
    }

    /** Octets written so far. */
    public long octets() {
      return octets;
    }

    private void write(String line) {
      if (count.incrementAndGet() > MOST_WAITING) {
        count.decrementAndGet();
        lost.incrementAndGet();
      } else {
        waiting.add(line);
      }
      schedule();
    }

    private void end() {
      ended = true;
      schedule();
    }

    private void schedule() {
      if (!writing.getAndSet(true)) {
        scheduler.pool("IO").execute(this::drain);
      }
    }

    /** One job at a time. */
    private void drain() {
      try {
        for (String line = waiting.poll(); line != null; line = waiting.poll()) {
          count.decrementAndGet();
          put(line);
        }
        int missing = lost.getAndSet(0);
        if (missing > 0) {
          put(missing + " lines left out\n");
        }
        if (ended) {
          channel.close();
          return; // and nothing is written any more
        }
      } catch (IOException e) {
        LOG.error("trace {} ends, {} cannot be written: {}", number, file, e.toString());
        tracers.remove(this);
        close();
        return;
      }
      writing.set(false);
      if (!waiting.isEmpty() || ended) {
        schedule();
      }
    }

    private void put(String line) throws IOException {
      ByteBuffer octetsOfLine = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
      octets = octets + octetsOfLine.remaining(); // one job at a time
      while (octetsOfLine.hasRemaining()) {
        channel.write(octetsOfLine);
      }
    }

    private void close() {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.debug("closing {}", file, e);
      }
    }
  }
}
