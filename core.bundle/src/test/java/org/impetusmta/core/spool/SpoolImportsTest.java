package org.impetusmta.core.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.ImportedSpool;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.Recovery;
import org.impetusmta.api.spool.Spool.RecoveryListener;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.queue.MailQueues;
import org.impetusmta.core.queue.Memory;
import org.impetusmta.testkit.queue.MemorySpool;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What comes over, with what id, and what stays where it was. */
@Timeout(60)
class SpoolImportsTest {
  private static final AttemptState TRIED = new AttemptState(3, 1_800_000_000_000L, "450 busy");

  @TempDir Path folder;

  private final SpoolClient client = new SpoolClient();
  private final MemorySpool here = new MemorySpool();
  private final OtherSpool there = new OtherSpool();
  private final TestEventLoop loop = new TestEventLoop(0);
  private final MessageIds ids = new MessageIds(InstantSource.system(), 77);
  private final List<MailMessage> queued = Collections.synchronizedList(new ArrayList<>());
  private final List<LogEvent> logged = Collections.synchronizedList(new ArrayList<>());
  private final Queue<Runnable> jobs = new ArrayDeque<>();
  private final SpoolImports imports =
      new SpoolImports(
          new TestConfiguration().set("hostname", "here.example"),
          here,
          base -> there,
          new OneLoop(),
          new Queues(),
          ids,
          new Log(),
          "1.2.3");

  @AfterEach
  void tearDown() {
    loop.close();
  }

  /** A spool of another server. */
  private static final class OtherSpool implements ImportedSpool {
    record Message(MessageId id, Envelope envelope, AttemptState state, Body body)
        implements SpoolEntry {}

    final Map<MessageId, Message> messages = new LinkedHashMap<>();
    final Set<MessageId> unreadable = new HashSet<>();
    long damaged;
    int closed;

    void add(Envelope envelope, AttemptState state, Body body) {
      messages.put(envelope.id(), new Message(envelope.id(), envelope, state, body));
    }

    @Override
    public Recovery recover(RecoveryListener listener) {
      List<Message> all = List.copyOf(messages.values());
      all.forEach(m -> listener.recovered(m, m.envelope, m.state, m.body.length()));
      return new Recovery(all.size(), damaged);
    }

    @Override
    public Body read(SpoolEntry entry) throws IOException {
      if (unreadable.contains(entry.id())) {
        throw new SpoolException("damaged body");
      }
      return ((Message) entry).body;
    }

    @Override
    public void unlink(SpoolEntry entry) {
      messages.remove(entry.id());
    }

    @Override
    public void sync() {}

    @Override
    public void close() {
      closed++;
    }
  }

  private final class OneLoop implements Scheduler {
    @Override
    public List<EventLoop> loops() {
      return List.of(loop);
    }

    @Override
    public EventLoop owner(String binding, String domain) {
      return loop;
    }

    @Override
    public ThreadPool pool(String name) {
      return new ThreadPool() {
        @Override
        public String name() {
          return name;
        }

        @Override
        public void execute(Runnable job) {
          jobs.add(job);
        }

        @Override
        public int waiting() {
          return jobs.size();
        }

        @Override
        public int running() {
          return 0;
        }

        @Override
        public int concurrency() {
          return 1;
        }
      };
    }

    @Override
    public InstantSource clock() {
      return InstantSource.system();
    }
  }

  private final class Queues implements MailQueues {
    @Override
    public Optional<Reply> bound(MailMessage message) {
      return Optional.empty();
    }

    @Override
    public void enqueue(MailMessage message) {
      queued.add(message);
    }

    @Override
    public Optional<MailMessage> notification(MailMessage failed, Reply reply) {
      return Optional.empty();
    }

    @Override
    public CompletableFuture<Spool.Recovery> spoolIn() {
      throw new UnsupportedOperationException("not asked for");
    }

    @Override
    public Envelope envelope(MailMessage message) {
      return message.envelope();
    }

    @Override
    public Memory memory() {
      return new Memory(Long.MAX_VALUE, () -> {});
    }

    @Override
    public void stop(Duration atMost) {}
  }

  private final class Log implements EventLog {
    @Override
    public void append(LogEvent event) {
      logged.add(event);
    }

    @Override
    public boolean overloaded() {
      return false;
    }
  }

  private SpoolImport run(int concurrency, boolean trace) throws IOException {
    SpoolImport begun = imports.begin(folder, concurrency, trace);
    jobs.remove().run();
    assertThat(begun.running()).isFalse();
    assertThat(imports.find(folder)).containsSame(begun);
    return begun;
  }

  private List<Integer> results() {
    return logged.stream().map(event -> ((LogEvent.Import) event).result().number()).toList();
  }

  @Test
  void everythingComesOverAsItWas() throws IOException {
    List<Envelope> envelopes = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      Envelope envelope = client.envelope("r" + i + "@example.com", Map.of("k", "v" + i));
      envelopes.add(envelope);
      there.add(envelope, TRIED, SpoolClient.body("text " + i));
    }
    SpoolImport done = run(7, false);
    assertThat(done.toString()).contains("finished; 250 messages imported, 0 of them with a new");
    assertThat(there.messages).isEmpty();
    assertThat(there.closed).isEqualTo(1);
    assertThat(results()).hasSize(250).containsOnly(1);
    assertThat(queued).hasSize(250);
    for (int i = 0; i < 250; i++) {
      Envelope envelope = envelopes.get(i);
      Spool.Found found = here.find(envelope.id()).orElseThrow();
      assertThat(found.envelope()).isEqualTo(envelope);
      assertThat(found.state()).isEqualTo(TRIED);
      assertThat(here.read(found.entry()).toByteArray()).asString().isEqualTo("text " + i);
    }
    assertThat(queued)
        .allSatisfy(
            message -> {
              assertThat(message.retries()).isEqualTo(3);
              assertThat(message.envelope().messageContext()).containsKey("k");
            });
  }

  @Test
  void eachGetsATraceField() throws IOException {
    Envelope envelope = client.envelope("a@example.com");
    there.add(envelope, AttemptState.NEW, SpoolClient.body("Subject: x\r\n\r\nbody"));
    run(1, true);
    Body body = here.read(here.find(envelope.id()).orElseThrow().entry());
    assertThat(new String(body.toByteArray(), StandardCharsets.ISO_8859_1))
        .matches(
            "Received: from spool \\(imported\\)\r\n\tby here\\.example \\(impetus 1\\.2\\.3\\)"
                + " with local\r\n\tid \\Q"
                + envelope.id()
                + "\\E; [A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} [0-9:]{8} [-+]\\d{4}\r\n"
                + "Subject: x\r\n\r\nbody");
    assertThat(queued.getFirst().size()).isEqualTo(body.length());
    assertThat(body.countHeaders("Received")).isEqualTo(1);
  }

  @Test
  void whatIsDamagedStaysAndTheOthersGoOn() throws IOException {
    List<Envelope> envelopes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      envelopes.add(client.envelope("r" + i + "@example.com"));
      there.add(envelopes.get(i), AttemptState.NEW, SpoolClient.body("x"));
    }
    there.unreadable.add(envelopes.get(2).id());
    there.damaged = 2;
    SpoolImport done = run(1, true);
    assertThat(done.imported()).isEqualTo(4);
    assertThat(done.failed()).isEqualTo(3);
    assertThat(results()).containsExactlyInAnyOrder(1, 1, 1, 1, 2, 2, 3);
    assertThat(there.messages).containsOnlyKeys(envelopes.get(2).id());
  }

  @Test
  void anIdThatIsHereIsReplaced() throws IOException {
    Envelope taken = client.envelope("a@example.com");
    here.put(taken, SpoolClient.body("here already"), AttemptState.NEW);
    ids.seen(taken.id());
    there.add(taken, TRIED, SpoolClient.body("another"));
    SpoolImport done = run(1, false);
    assertThat(done.toString()).contains("1 messages imported, 1 of them with a new id");
    MailMessage message = queued.getFirst();
    assertThat(message.id()).isNotEqualTo(taken.id());
    assertThat(message.id().process()).isEqualTo(77);
    assertThat(message.recipient()).isEqualTo(taken.recipient());
    assertThat(here.read(here.find(taken.id()).orElseThrow().entry()).toByteArray())
        .asString()
        .isEqualTo("here already");
    LogEvent.Import event = (LogEvent.Import) logged.getFirst();
    assertThat(event.originalId()).contains(taken.id());
    assertThat(event.id()).contains(message.id());
  }

  @Test
  void anIdThatComesTwiceAtOnceIsReplaced() throws IOException {
    Envelope envelope = client.envelope("a@example.com");
    Envelope first = imports.claim(envelope);
    Envelope second = imports.claim(envelope);
    assertThat(first.id()).isEqualTo(envelope.id());
    assertThat(second.id()).isNotEqualTo(envelope.id());
  }

  @Test
  void whatCannotBeStoredStays() throws IOException {
    for (int i = 0; i < 50; i++) {
      there.add(client.envelope("r" + i + "@example.com"), TRIED, SpoolClient.body("x"));
    }
    here.failStores(3);
    SpoolImport done = run(1, false);
    assertThat(done.imported()).isEqualTo(47);
    assertThat(there.messages).hasSize(3);
    assertThat(results().stream().filter(result -> result == 4)).hasSize(3);
    // asked for again, it goes on
    assertThat(run(1, false).imported()).isEqualTo(3);
    assertThat(there.messages).isEmpty();
  }

  @Test
  void aDiskThatTakesNothingEndsIt() throws IOException {
    for (int i = 0; i < 50; i++) {
      there.add(client.envelope("r" + i + "@example.com"), TRIED, SpoolClient.body("x"));
    }
    here.failStores(1_000);
    SpoolImport done = run(1, false);
    assertThat(done.toString()).contains("stopped: 10 messages in a row cannot be stored");
    assertThat(there.messages).hasSize(50);
    assertThat(there.closed).isEqualTo(1);
  }

  @Test
  void aFolderIsImportedOnceAtATime() throws IOException {
    imports.begin(folder, 1, true);
    assertThatThrownBy(() -> imports.begin(folder.resolve("."), 1, true))
        .hasMessageContaining("being imported already");
    jobs.remove().run();
    imports.begin(folder, 1, true);
    assertThatThrownBy(() -> imports.begin(folder.resolve("none"), 1, true))
        .hasMessageContaining("there is no folder");
  }

  @Test
  void itEndsWithTheServer() throws IOException {
    there.add(client.envelope("a@example.com"), TRIED, SpoolClient.body("x"));
    SpoolImport begun = imports.begin(folder, 1, true);
    begun.stop();
    jobs.remove().run();
    assertThat(begun.toString()).contains("stopped: the server stops");
    assertThat(there.messages).hasSize(1);
  }
}
