package org.impetusmta.spool.layer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.spool.Engine;
import org.jspecify.annotations.Nullable;

/**
 * An engine whose disk is a map: it can fail, and keep its answers back. Concurrent; its answers
 * come outside its lock, as an engine's do.
 */
final class MemoryEngine implements Engine {
  /** A message on the disk. */
  record OnDisk(Envelope envelope, AttemptState state, EncodedBody body) {}

  private record Entry(MessageId id) implements SpoolEntry {}

  private final Map<MessageId, OnDisk> disk = new LinkedHashMap<>();
  private final List<Runnable> kept = new ArrayList<>();
  private final List<String> calls = new ArrayList<>();
  private int stores;
  volatile boolean failing;
  volatile boolean keepsAnswers;
  volatile boolean writable = true;

  synchronized Map<MessageId, OnDisk> disk() {
    return new LinkedHashMap<>(disk);
  }

  /** What was asked for besides stores, in order. */
  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  synchronized int stores() {
    return stores;
  }

  /** Answers what was kept back. */
  void answer() {
    List<Runnable> answers;
    synchronized (this) {
      answers = List.copyOf(kept);
      kept.clear();
      keepsAnswers = false;
    }
    answers.forEach(Runnable::run);
  }

  @Override
  public void store(
      List<Envelope> envelopes,
      AttemptState state,
      EncodedBody body,
      EventLoop loop,
      StoreListener listener) {
    boolean fails = failing;
    List<SpoolEntry> entries = new ArrayList<>();
    Runnable answer;
    synchronized (this) {
      stores++;
      if (!fails) {
        for (Envelope envelope : envelopes) {
          disk.put(envelope.id(), new OnDisk(envelope, state, body));
          entries.add(new Entry(envelope.id()));
        }
      }
      answer =
          fails
              ? () -> loop.execute(() -> listener.failed(new IOException("disk full")))
              : () -> loop.execute(() -> listener.stored(entries));
      if (keepsAnswers) {
        kept.add(answer);
        return;
      }
    }
    answer.run();
  }

  @Override
  public void store(
      List<Envelope> envelopes,
      AttemptState state,
      Body body,
      EventLoop loop,
      StoreListener listener) {
    store(envelopes, state, EncodedBody.plain(body), loop, listener);
  }

  @Override
  public synchronized void update(SpoolEntry entry, AttemptState state) {
    calls.add("update " + state.retries());
    disk.computeIfPresent(entry.id(), (id, was) -> new OnDisk(was.envelope, state, was.body));
  }

  @Override
  public synchronized void rewrite(SpoolEntry entry, Envelope envelope, AttemptState state) {
    calls.add("rewrite " + state.retries());
    disk.computeIfPresent(entry.id(), (id, was) -> new OnDisk(envelope, state, was.body));
  }

  @Override
  public synchronized void unlink(SpoolEntry entry) {
    calls.add("unlink");
    disk.remove(entry.id());
  }

  @Override
  public synchronized EncodedBody readEncoded(SpoolEntry entry) throws IOException {
    @Nullable OnDisk found = disk.get(entry.id());
    if (found == null) {
      throw new SpoolException("message " + entry.id() + " is gone");
    }
    return found.body;
  }

  @Override
  public EncodedBody swapInEncoded(SpoolEntry entry) throws IOException {
    return readEncoded(entry);
  }

  /** Changes what lies on the disk. */
  synchronized void replace(SpoolEntry entry, EncodedBody body) {
    disk.computeIfPresent(entry.id(), (id, was) -> new OnDisk(was.envelope, was.state, body));
  }

  @Override
  public Recovery recover(RecoveryListener listener) {
    disk()
        .forEach(
            (id, m) -> listener.recovered(new Entry(id), m.envelope, m.state, m.body.length()));
    return new Recovery(disk().size(), 0);
  }

  @Override
  public synchronized Optional<Found> find(MessageId id) {
    return Optional.ofNullable(disk.get(id))
        .map(m -> new Found(new Entry(id), m.envelope, m.state, m.body.length()));
  }

  @Override
  public void sync() {}

  @Override
  public boolean writable() {
    return writable;
  }

  @Override
  public synchronized Statistics statistics() {
    return new Statistics(disk.size(), stores, 0, 0, 0, 0, 0, 0, 0, 0, Unlinks.NONE);
  }

  @Override
  public void close() {}
}
