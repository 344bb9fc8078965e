package org.impetusmta.testkit.smtp;

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
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.SpoolException;

/** A spool that forgets everything with the process. Concurrent. */
public final class MemorySpool implements Spool {
  private final Map<MessageId, Kept> kept = new LinkedHashMap<>();
  private boolean failing;
  private boolean writable = true;
  private boolean waiting;
  private final List<Runnable> answers = new ArrayList<>();
  private long stored;
  private long unlinked;

  /** A message that is kept. */
  public record Kept(Envelope envelope, Body body, AttemptState state) {}

  private record Entry(MessageId id) implements SpoolEntry {}

  /** Whether stores fail from now on, as they do on a full disk. */
  public synchronized void failing(boolean yes) {
    failing = yes;
  }

  /** Whether answers wait for {@link #release}, as they do on a slow disk. */
  public synchronized void waiting(boolean yes) {
    waiting = yes;
  }

  /** Gives the answers that waited. */
  public synchronized void release() {
    waiting = false;
    answers.forEach(Runnable::run);
    answers.clear();
  }

  /** All messages that were stored and not unlinked, in order. */
  public synchronized List<Kept> kept() {
    return List.copyOf(kept.values());
  }

  @Override
  public synchronized void store(
      List<Envelope> envelopes,
      AttemptState state,
      Body body,
      EventLoop loop,
      StoreListener listener) {
    List<SpoolEntry> entries = new ArrayList<>();
    if (!failing) {
      for (Envelope envelope : envelopes) {
        kept.put(envelope.id(), new Kept(envelope, body, state));
        entries.add(new Entry(envelope.id()));
        stored++;
      }
    }
    boolean failed = failing;
    Runnable answer =
        () ->
            loop.execute(
                () -> {
                  if (failed) {
                    listener.failed(new IOException("no space left on device"));
                  } else {
                    listener.stored(entries);
                  }
                });
    if (waiting) {
      answers.add(answer);
    } else {
      answer.run();
    }
  }

  @Override
  public synchronized void update(SpoolEntry entry, AttemptState state) {
    kept.computeIfPresent(
        entry.id(), (id, message) -> new Kept(message.envelope(), message.body(), state));
  }

  @Override
  public synchronized void rewrite(SpoolEntry entry, Envelope envelope, AttemptState state) {
    kept.computeIfPresent(entry.id(), (id, message) -> new Kept(envelope, message.body(), state));
  }

  @Override
  public synchronized void unlink(SpoolEntry entry) {
    if (kept.remove(entry.id()) != null) {
      unlinked++;
    }
  }

  @Override
  public synchronized Body read(SpoolEntry entry) throws IOException {
    Kept message = kept.get(entry.id());
    if (message == null) {
      throw new SpoolException("no message " + entry.id());
    }
    return message.body();
  }

  @Override
  public synchronized Recovery recover(RecoveryListener listener) {
    kept.forEach(
        (id, message) ->
            listener.recovered(
                new Entry(id), message.envelope(), message.state(), message.body().length()));
    return new Recovery(kept.size(), 0);
  }

  @Override
  public synchronized Optional<Found> find(MessageId id) {
    return Optional.ofNullable(kept.get(id))
        .map(k -> new Found(new Entry(id), k.envelope(), k.state(), k.body().length()));
  }

  @Override
  public synchronized boolean writable() {
    return writable;
  }

  /** What {@link #writable} says from now on. */
  public synchronized void writable(boolean yes) {
    writable = yes;
  }

  @Override
  public void sync() {}

  @Override
  public synchronized Statistics statistics() {
    return new Statistics(kept.size(), stored, unlinked, stored, 0, 0, 0, 0, 0, 0, Unlinks.NONE);
  }
}
