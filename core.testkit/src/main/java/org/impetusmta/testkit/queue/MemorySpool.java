package org.impetusmta.testkit.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.BodyRegion;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.SpoolException;

/**
 * A spool in memory that answers on the next turn of the loop, and fails where a test says so. It
 * refuses what a real spool may not see: an entry unlinked or updated twice over. Concurrent.
 */
public final class MemorySpool implements Spool {
  private final Map<MessageId, Stored> messages = new LinkedHashMap<>();
  private final Set<MessageId> damaged = ConcurrentHashMap.newKeySet();
  private int storesToFail;
  private long stored;
  private long unlinked;
  private int reads;
  private boolean mapping;
  private final AtomicInteger held = new AtomicInteger();
  private boolean writable = true;

  /** What is kept of one message. */
  public record Stored(Envelope envelope, Body body, AttemptState state) {}

  private record Entry(MessageId id) implements SpoolEntry {}

  @Override
  public synchronized void store(
      List<Envelope> envelopes,
      AttemptState state,
      Body body,
      EventLoop loop,
      StoreListener listener) {
    if (storesToFail > 0) {
      storesToFail--;
      loop.execute(() -> listener.failed(new IOException("no space left on device")));
      return;
    }
    List<SpoolEntry> entries = new ArrayList<>();
    for (Envelope envelope : envelopes) {
      entries.add(put(envelope, body, state));
    }
    loop.execute(() -> listener.stored(entries));
  }

  /** Stores at once, as what an earlier process left. */
  public synchronized SpoolEntry put(Envelope envelope, Body body, AttemptState state) {
    Stored before = messages.put(envelope.id(), new Stored(envelope, body, state));
    if (before != null) {
      throw new IllegalStateException("stored twice: " + envelope.id());
    }
    stored++;
    return new Entry(envelope.id());
  }

  @Override
  public synchronized void update(SpoolEntry entry, AttemptState state) {
    Stored now = get(entry.id());
    messages.put(entry.id(), new Stored(now.envelope(), now.body(), state));
  }

  @Override
  public synchronized void rewrite(SpoolEntry entry, Envelope envelope, AttemptState state) {
    messages.put(entry.id(), new Stored(envelope, get(entry.id()).body(), state));
  }

  @Override
  public synchronized void unlink(SpoolEntry entry) {
    if (messages.remove(entry.id()) == null) {
      throw new IllegalStateException("unlinked twice or never stored: " + entry.id());
    }
    unlinked++;
  }

  @Override
  public synchronized Body read(SpoolEntry entry) throws IOException {
    reads++;
    if (damaged.contains(entry.id())) {
      throw new SpoolException("segment 1 offset 0: checksum of " + entry.id() + " is wrong");
    }
    return get(entry.id()).body();
  }

  @Override
  public synchronized boolean sharesBody(SpoolEntry one, SpoolEntry other) {
    return get(one.id()).body() == get(other.id()).body();
  }

  /** From now on bodies that are swapped in are such as stay in a file. */
  public synchronized void mapping() {
    mapping = true;
  }

  /** Bodies that were swapped in and not let go. */
  public int held() {
    return held.get();
  }

  @Override
  public synchronized Body swapIn(SpoolEntry entry) throws IOException {
    Body body = read(entry);
    if (!mapping) {
      return body;
    }
    held.incrementAndGet();
    return Body.of(
        new BodyRegion(
            Path.of("/nowhere"),
            0,
            ByteBuffer.wrap(body.toByteArray()),
            body.endsLine(),
            held::decrementAndGet));
  }

  private Stored get(MessageId id) {
    Stored found = messages.get(id);
    if (found == null) {
      throw new IllegalStateException("not in the spool: " + id);
    }
    return found;
  }

  @Override
  public Recovery recover(RecoveryListener listener) {
    List<Stored> left;
    synchronized (this) {
      left = List.copyOf(messages.values());
    }
    for (Stored s : left) {
      listener.recovered(new Entry(s.envelope().id()), s.envelope(), s.state(), s.body().length());
    }
    return new Recovery(left.size(), 0);
  }

  @Override
  public synchronized Optional<Found> find(MessageId id) {
    return Optional.ofNullable(messages.get(id))
        .map(s -> new Found(new Entry(id), s.envelope(), s.state(), s.body().length()));
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
  public void sync() {
    // memory is as durable as it gets
  }

  @Override
  public synchronized Statistics statistics() {
    return new Statistics(
        messages.size(), stored, unlinked, stored, 0, 0, 0, 0, 0, 0, Unlinks.NONE);
  }

  /** What is stored now, in order. */
  public synchronized List<Stored> messages() {
    return List.copyOf(messages.values());
  }

  /** What is stored of {@code id}; fails the test where there is nothing. */
  public synchronized Stored message(MessageId id) {
    return get(id);
  }

  /** Whether {@code id} is stored. */
  public synchronized boolean contains(MessageId id) {
    return messages.containsKey(id);
  }

  /** Lets reads of {@code id} fail. */
  public void damage(MessageId id) {
    damaged.add(id);
  }

  /** Lets the next {@code count} stores fail. */
  public synchronized void failStores(int count) {
    storesToFail = count;
  }

  /** How many bodies were read back. */
  public synchronized int reads() {
    return reads;
  }
}
