package org.impetusmta.listener.esmtp;

import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.hook.FinalValidation;
import org.impetusmta.api.hook.ValidateConnect;
import org.impetusmta.api.hook.ValidateData;
import org.impetusmta.api.hook.ValidateDataSpool;
import org.impetusmta.api.hook.ValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.ValidateEhlo;
import org.impetusmta.api.hook.ValidateMailfrom;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.queue.DiscardOptions;
import org.impetusmta.core.queue.MailQueues;
import org.impetusmta.core.queue.Memory;
import org.impetusmta.core.reception.CoreReception;
import org.impetusmta.testkit.smtp.FlatGeneration;
import org.impetusmta.testkit.smtp.MemorySpool;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.impetusmta.testkit.smtp.TranscriptServer;
import org.jspecify.annotations.Nullable;

/**
 * The listener and the core's reception on a free port of the loopback interface, without OSGi.
 * Directives: {@code hook PHASE [in-pool] WORDS} (see {@link ScriptedHook}), {@code release},
 * {@code spool failing|waiting|full|writable|release}, {@code memory OCTETS} (of {@link #MEMORY}
 * are taken, or given back), {@code overloaded}, {@code reload}, {@code stop}.
 */
final class EsmtpServer implements TranscriptServer, Configuration, Hooks {
  private static final Map<String, Class<?>> PHASES =
      Map.of(
          "connect", ValidateConnect.class,
          "ehlo", ValidateEhlo.class,
          "mailfrom", ValidateMailfrom.class,
          "rcptto", ValidateRcptto.class,
          "data", ValidateData.class,
          "data_spool", ValidateDataSpool.class,
          "data_spool_each_rcpt", ValidateDataSpoolEachRcpt.class,
          "set_binding", ValidateSetBinding.class,
          "final_validation", FinalValidation.class);

  private static final long MEMORY = 1_000_000_000;

  private final TestLoops loops;
  private final MemorySpool spool = new MemorySpool();
  private final RecordingEventLog log = new RecordingEventLog();
  final Counters counters = new Counters();
  private final Memory memory = new Memory(MEMORY, () -> {});
  private final MessageIds ids = new MessageIds(InstantSource.system(), 4711);
  private final Map<Class<?>, HookList<?>> hooks = new ConcurrentHashMap<>();
  private final Set<MessageId> queued = ConcurrentHashMap.newKeySet();
  private final Semaphore release = new Semaphore(0);
  private final Map<String, String> values;
  private final EsmtpListener listener;
  private volatile FlatGeneration current;
  private final InetSocketAddress address;
  private boolean stopped;

  EsmtpServer(List<String> config) throws Exception {
    values =
        new HashMap<>(
            Map.of(
                "banner_hostname", "mx.example.net",
                "received_hostname", "mx.example.net",
                "relay_domains", "example.com *.example.com",
                "idle_time", "10"));
    for (String line : config) {
      values.put(line.split("=", 2)[0].strip(), line.split("=", 2)[1].strip());
    }
    loops = new TestLoops(values.getOrDefault("io", "nio").equals("epoll"));
    current = generation(1);
    CoreReception reception =
        new CoreReception(this, spool, this, new Queues(), log, loops, counters, ids);
    try {
      listener =
          new EsmtpListener(stanza(current), reception, loops, _ -> loops.group(), false, "0.1.0");
    } catch (ConfigException refused) {
      loops.close();
      throw refused;
    }
    address = listener.sockets().getFirst().boundTo();
  }

  private FlatGeneration generation(long number) {
    Stanza listen =
        new FlatGeneration.Plain(
            "listen", Optional.of(values.getOrDefault("listen", "127.0.0.1:0")), List.of());
    Stanza esmtp = new FlatGeneration.Plain("esmtp_listener", Optional.empty(), List.of(listen));
    return new FlatGeneration(number, number, values, List.of(esmtp));
  }

  private static ModuleStanza stanza(FlatGeneration generation) {
    return new ModuleStanza() {
      @Override
      public String module() {
        return "esmtp_listener";
      }

      @Override
      public String instance() {
        return "esmtp_listener";
      }

      @Override
      public Stanza stanza() {
        return generation.stanzas("esmtp_listener").getFirst();
      }

      @Override
      public Generation generation() {
        return generation;
      }

      @Override
      public <T extends Record> T options(Class<T> type) {
        return generation.options(type, org.impetusmta.api.config.ScopePath.GLOBAL);
      }
    };
  }

  /** Notes what reception queues; nothing leaves from here. */
  private final class Queues implements MailQueues {
    @Override
    public Optional<Reply> bound(MailMessage message) {
      return Optional.empty();
    }

    @Override
    public void enqueue(MailMessage message) {
      queued.add(message.id());
    }

    @Override
    public boolean refuses(String domain) {
      return current
          .options(DiscardOptions.class, org.impetusmta.api.config.ScopePath.GLOBAL)
          .refuses();
    }

    @Override
    public Envelope envelope(MailMessage message) {
      return message.envelope();
    }

    @Override
    public Memory memory() {
      return memory;
    }

    /** In place of a bounce, what it would be about. */
    @Override
    public Optional<MailMessage> notification(MailMessage failed, Reply reply) {
      if (failed.sender().isNull()) {
        return Optional.empty();
      }
      MessageId id = ids.next();
      String text = "To: " + failed.sender() + "\r\n\r\n" + failed.recipient() + ": " + reply;
      return Optional.of(
          new MailMessage(
              id,
              id,
              MessageId.NONE,
              Address.NULL,
              failed.sender(),
              "unknown",
              "internal",
              failed.receivedMillis(),
              false,
              Body.of((text + "\r\n").getBytes(StandardCharsets.US_ASCII))));
    }

    @Override
    public CompletableFuture<Spool.Recovery> spoolIn() {
      return CompletableFuture.completedFuture(new Spool.Recovery(0, 0));
    }

    @Override
    public void stop(Duration atMost) {}
  }

  EsmtpListener listener() {
    return listener;
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public Generation current() {
    return current;
  }

  @Override
  @SuppressWarnings("unchecked") // made for that class
  public <T> HookList<T> list(Class<T> hook) {
    return (HookList<T>) hooks.computeIfAbsent(hook, type -> new HookList<T>());
  }

  @Override
  public void directive(String words) throws Exception {
    String[] parts = words.split(" ", 3);
    switch (parts[0]) {
      case "hook" -> hook(parts[1], parts[2]);
      case "release" -> release.release();
      case "gone" -> await().until(() -> counters.inboundConnections.sum() == 0);
      case "overloaded" -> log.overloaded(true);
      case "reload" -> {
        FlatGeneration next = generation(current.number() + 1);
        listener.prepare(stanza(next));
        current = next;
        listener.commit(stanza(next));
      }
      case "memory" -> {
        long octets = Long.parseLong(parts[1]);
        if (octets < 0) {
          memory.give(-octets);
        } else {
          memory.take(octets);
        }
      }
      case "stop" -> {
        stopped = true;
        Thread.ofVirtual().start(listener::deactivate);
      }
      case "spool" -> {
        switch (parts[1]) {
          case "failing" -> spool.failing(true);
          case "waiting" -> spool.waiting(true);
          case "full" -> spool.writable(false);
          case "writable" -> spool.writable(true);
          default -> spool.release();
        }
      }
      default -> throw new IllegalArgumentException(words);
    }
  }

  private void hook(String phase, String words) {
    Class<?> type = PHASES.get(phase);
    if (type == null) {
      throw new IllegalArgumentException("no phase " + phase);
    }
    boolean pooled = words.startsWith("in-pool ");
    ThreadPool pool = pooled ? loops.pool("IO") : null;
    ScriptedHook hook =
        new ScriptedHook(pooled ? words.substring("in-pool ".length()) : words, release);
    add(type, hook, pool);
  }

  private <T> void add(Class<T> type, ScriptedHook hook, @Nullable ThreadPool pool) {
    HookList<T> list = list(type);
    List<HookEntry<T>> entries = new ArrayList<>(List.of(list.entries()));
    String module = "scripted" + (entries.size() + 1);
    entries.add(new HookEntry<>(type.cast(hook), module, "__bypass_" + module, pool));
    list.replace(entries);
  }

  @Override
  public List<String> results() {
    await().until(() -> counters.inboundConnections.sum() == 0 && listener.memory() == 0);
    List<String> lines = new ArrayList<>();
    for (LogEvent event : log.events()) {
      lines.add(text(event));
    }
    for (MemorySpool.Kept kept : spool.kept()) {
      var envelope = kept.envelope();
      lines.add(
          "%s <%s> -> <%s> from %s by %s%s, %s/%s, %s"
              .formatted(
                  queued.contains(envelope.id()) ? "queued" : "NOT QUEUED",
                  envelope.sender(),
                  envelope.recipient(),
                  envelope.sourceAddress(),
                  envelope.protocol(),
                  envelope.eightBitMime() ? " 8bitmime" : "",
                  envelope.bindingGroup(),
                  envelope.binding(),
                  envelope.messageContext()));
      if (kept.body().length() > 4096) {
        lines.add("| " + kept.body().length() + " octets");
      } else {
        new String(kept.body().toByteArray(), StandardCharsets.ISO_8859_1)
            .lines()
            .forEach(line -> lines.add("| " + line));
      }
    }
    return lines;
  }

  private static String text(LogEvent event) {
    return switch (event) {
      case LogEvent.Reception r -> "R " + path(r.message()) + " " + r.message().size();
      case LogEvent.Failure f ->
          (f.permanent() ? "P " : "T ") + path(f.message()) + " " + f.reply();
      case LogEvent.Rejection r ->
          "rejected in %s by %s: %s (%s) CTXCONN=%s CTXMESS=%s"
              .formatted(
                  r.state().text(),
                  r.module(),
                  r.reply(),
                  r.reason(),
                  r.connectionContext(),
                  r.messageContext());
      case LogEvent.Delivery d -> "D " + path(d.message());
      case LogEvent.Diagnostic d -> d.text();
      case LogEvent.Import i -> "I " + i.result();
    };
  }

  private static String path(Message message) {
    return message.id() + " <" + message.sender() + "> -> <" + message.recipient() + ">";
  }

  @Override
  public void close() {
    if (!stopped) {
      listener.deactivate();
    }
    loops.close();
  }
}
