package org.impetusmta.listener.ecstream;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.queue.MailQueues;
import org.impetusmta.core.queue.Memory;
import org.impetusmta.core.reception.CoreReception;
import org.impetusmta.testkit.net.TestLoops;
import org.impetusmta.testkit.smtp.FlatGeneration;
import org.impetusmta.testkit.smtp.MemorySpool;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.impetusmta.tls.ServerContexts;

/** The listener and the core's reception on a free port of the loopback interface. */
final class EcStreamServer implements Configuration, Hooks, AutoCloseable {
  private final TestLoops loops = new TestLoops(2, false);
  final MemorySpool spool = new MemorySpool();
  final RecordingEventLog log = new RecordingEventLog();
  final Counters counters = new Counters();
  final Memory memory = new Memory(1_000_000_000, () -> {});
  private final Map<Class<?>, HookList<?>> hooks = new ConcurrentHashMap<>();
  final Set<MessageId> queued = ConcurrentHashMap.newKeySet();

  /** The connection's dictionary of each message that was queued. */
  final List<Context> settled = new CopyOnWriteArrayList<>();

  private final FlatGeneration generation;
  private final EcStreamListener listener;

  EcStreamServer(String... options) throws Exception {
    Map<String, String> values =
        new HashMap<>(
            Map.of(
                "received_hostname", "mx.example.net",
                "relay_domains", "example.com",
                "rfc2822_date_header", "ignore",
                "rfc2822_messageid_header", "ignore"));
    for (String option : options) {
      values.put(option.split("=", 2)[0], option.split("=", 2)[1]);
    }
    Stanza listen =
        new FlatGeneration.Plain(
            "listen", Optional.of(values.getOrDefault("listen", "127.0.0.1:0")), List.of());
    Stanza stanza =
        new FlatGeneration.Plain("ecstream_listener", Optional.empty(), List.of(listen));
    generation = new FlatGeneration(1, 1, values, List.of(stanza));
    CoreReception reception =
        new CoreReception(
            this,
            spool,
            this,
            new Queues(),
            log,
            loops,
            counters,
            new MessageIds(InstantSource.system(), 4711));
    listener =
        new EcStreamListener(
            new ModuleStanza() {
              @Override
              public String module() {
                return "ecstream_listener";
              }

              @Override
              public String instance() {
                return "ecstream_listener";
              }

              @Override
              public Stanza stanza() {
                return stanza;
              }

              @Override
              public Generation generation() {
                return generation;
              }

              @Override
              public <T extends Record> T options(Class<T> type) {
                return generation.options(type, ScopePath.GLOBAL);
              }
            },
            reception,
            loops,
            _ -> loops.group(),
            new ServerContexts(loops.pool("IO"), loops.pool("CPU"), System::currentTimeMillis));
  }

  private final class Queues implements MailQueues {
    @Override
    public void enqueue(MailMessage message) {
      settled.add(message.connectionContext());
      queued.add(message.id());
    }

    @Override
    public Optional<Reply> bound(MailMessage message) {
      return Optional.empty();
    }

    @Override
    public Envelope envelope(MailMessage message) {
      return message.envelope();
    }

    @Override
    public Memory memory() {
      return memory;
    }

    @Override
    public Optional<MailMessage> notification(MailMessage failed, Reply reply) {
      return Optional.empty();
    }

    @Override
    public CompletableFuture<Spool.Recovery> spoolIn() {
      return CompletableFuture.completedFuture(new Spool.Recovery(0, 0));
    }

    @Override
    public void stop(Duration atMost) {}
  }

  TestLoops loops() {
    return loops;
  }

  EcStreamListener listener() {
    return listener;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.addresses().getFirst();
  }

  @Override
  public Generation current() {
    return generation;
  }

  @Override
  @SuppressWarnings("unchecked") // made for that class
  public <T> HookList<T> list(Class<T> hook) {
    return (HookList<T>) hooks.computeIfAbsent(hook, type -> new HookList<T>());
  }

  @Override
  public void close() {
    listener.deactivate();
    loops.close();
  }
}
