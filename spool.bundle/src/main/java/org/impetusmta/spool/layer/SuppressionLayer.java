package org.impetusmta.spool.layer;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.impetusmta.api.hook.SpoolSuppression;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.layer.HeldBatch.Message;
import org.impetusmta.spool.layer.HeldBatch.Phase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers stores at once and keeps the mail in memory, as a {@link SpoolSuppression} says; writes
 * it when that says no after an attempt, when a queue drops the body, when too much is held, and in
 * {@link #sync} and {@link #close}. What is delivered before is never written.
 *
 * <p>A batch is written as one record even if one message of it is the reason. What happens to a
 * message while it is being written is said of it on the disk before anybody gets past {@link
 * Message#real}. A write that fails leaves the batch where it was; it is tried again. Concurrent.
 */
public final class SuppressionLayer extends Layer {
  private static final Logger LOG = LoggerFactory.getLogger(SuppressionLayer.class);
  private static final Duration RETRY = Duration.ofSeconds(10);
  private static final long PATIENCE_SECONDS = 60;
  private static final int CLOSING_TRIES = 3;

  private final Spool below;
  private final Supplier<Optional<SpoolSuppression>> suppression;
  private final IntPredicate large;
  private final AtomicLong numbers = new AtomicLong();

  /** What is in memory alone, the oldest first, and its cost. */
  private final ConcurrentSkipListMap<Long, HeldBatch> held = new ConcurrentSkipListMap<>();

  private final AtomicLong heldOctets = new AtomicLong();
  private final Set<HeldBatch> writing = ConcurrentHashMap.newKeySet();
  private final AtomicLong heldMessages = new AtomicLong();
  private final LongAdder neverWritten = new LongAdder();
  private volatile boolean closing;

  /**
   * @param suppression what is in force and permitted
   * @param large whether a body of so many octets is never held
   */
  public SuppressionLayer(
      Spool below, Supplier<Optional<SpoolSuppression>> suppression, IntPredicate large) {
    super(below);
    this.below = below;
    this.suppression = suppression;
    this.large = large;
  }

  @Override
  public void store(
      List<Envelope> envelopes,
      AttemptState state,
      Body body,
      EventLoop loop,
      StoreListener listener) {
    SpoolSuppression hook = suppression.get().orElse(null);
    // a disk that is full or fails refuses mail, whatever memory there is
    if (hook == null
        || envelopes.isEmpty()
        || closing
        || large.test(body.length())
        || !suppresses(hook, state.retries())
        || !below.writable()) {
      below.store(envelopes, state, body, loop, listener);
      return;
    }
    HeldBatch batch = new HeldBatch(numbers.incrementAndGet(), envelopes, state, body, loop);
    List<SpoolEntry> entries = List.copyOf(batch.messages);
    heldMessages.addAndGet(entries.size());
    hold(batch);
    if (closing && withdrawn(batch)) {
      below.store(envelopes, state, body, loop, listener);
      return;
    }
    loop.execute(() -> listener.stored(entries));
    for (long most = hook.mostOctets(); heldOctets.get() > most; ) {
      Map.Entry<Long, HeldBatch> oldest = held.firstEntry();
      if (oldest == null || !write(oldest.getValue())) {
        break;
      }
    }
  }

  /**
   * Takes back a batch that close may not have seen; false where it has, and waits until it is
   * written.
   */
  private boolean withdrawn(HeldBatch batch) {
    synchronized (batch) {
      if (batch.phase != Phase.HELD) {
        return false;
      }
      batch.phase = Phase.GONE;
      letGo(batch);
    }
    heldMessages.addAndGet(-batch.messages.size());
    return true;
  }

  private static boolean suppresses(SpoolSuppression hook, int retries) {
    try {
      return hook.suppresses(retries);
    } catch (RuntimeException e) {
      LOG.error("{} failed: mail is written to the spool", hook, e);
      return false;
    }
  }

  private void hold(HeldBatch batch) {
    heldOctets.addAndGet(batch.charge);
    held.put(batch.number, batch);
  }

  private boolean letGo(HeldBatch batch) {
    boolean was = held.remove(batch.number, batch);
    if (was) {
      heldOctets.addAndGet(-batch.charge);
    }
    return was;
  }

  // ---- what happens to a message

  /** What of it is on the disk; itself where it is not. */
  private static SpoolEntry real(SpoolEntry entry) {
    if (entry instanceof Message message) {
      SpoolEntry real = message.real;
      return real == null ? message : real;
    }
    return entry;
  }

  @Override
  public void update(SpoolEntry entry, AttemptState state) {
    change(entry, null, state);
  }

  @Override
  public void rewrite(SpoolEntry entry, Envelope envelope, AttemptState state) {
    if (!entry.id().equals(envelope.id())) {
      throw new IllegalArgumentException(entry.id() + " cannot become " + envelope.id());
    }
    change(entry, envelope, state);
  }

  private void change(SpoolEntry entry, @Nullable Envelope envelope, AttemptState state) {
    SpoolEntry real = real(entry);
    if (real instanceof Message message) {
      HeldBatch batch = message.batch;
      boolean due;
      synchronized (batch) {
        real = real(message);
        if (real == message) {
          if (message.unlinked) {
            return;
          }
          message.state = state;
          message.envelope = envelope == null ? message.envelope : envelope;
        }
        due = batch.phase == Phase.HELD;
      }
      if (real == message) {
        SpoolSuppression hook = suppression.get().orElse(null);
        if (due && (hook == null || !suppresses(hook, state.retries()))) {
          write(batch);
        }
        return;
      }
    }
    if (envelope == null) {
      below.update(real, state);
    } else {
      below.rewrite(real, envelope, state);
    }
  }

  @Override
  public void swapOut(SpoolEntry entry) {
    SpoolEntry real = real(entry);
    if (real instanceof Message message) {
      write(message.batch);
    } else {
      below.swapOut(real);
    }
  }

  @Override
  public void unlink(SpoolEntry entry) {
    SpoolEntry real = real(entry);
    if (real instanceof Message message) {
      HeldBatch batch = message.batch;
      synchronized (batch) {
        real = real(message);
        if (real == message) {
          if (!message.unlinked) {
            message.unlinked = true;
            batch.live--;
            if (batch.phase == Phase.HELD) {
              unlinkedUnwritten(message);
            }
          }
          return;
        }
      }
    }
    below.unlink(real);
  }

  /** Under the monitor of its batch. */
  private void unlinkedUnwritten(Message message) {
    HeldBatch batch = message.batch;
    heldMessages.decrementAndGet();
    neverWritten.increment();
    message.envelope = null;
    if (batch.live == 0) {
      batch.phase = Phase.GONE;
      letGo(batch);
    }
  }

  @Override
  public Body read(SpoolEntry entry) throws IOException {
    return body(entry, below::read);
  }

  @Override
  public Body swapIn(SpoolEntry entry) throws IOException {
    return body(entry, below::swapIn);
  }

  private interface Reading<T> {
    T of(SpoolEntry entry) throws IOException;
  }

  private Body body(SpoolEntry entry, Reading<Body> reading) throws IOException {
    SpoolEntry real = real(entry);
    if (real instanceof Message message) {
      synchronized (message.batch) {
        real = real(message);
        Body body = message.batch.body;
        if (real == message && body != null) {
          return body;
        }
      }
    }
    return reading.of(written(real));
  }

  @Override
  public Envelope envelope(SpoolEntry entry) throws IOException {
    SpoolEntry real = real(entry);
    if (real instanceof Message message) {
      synchronized (message.batch) {
        real = real(message);
        Envelope envelope = message.envelope;
        if (real == message && envelope != null) {
          return envelope;
        }
      }
    }
    return below.envelope(written(real));
  }

  /** What was removed before it was written is nowhere. */
  private static SpoolEntry written(SpoolEntry real) throws SpoolException {
    if (real instanceof Message message) {
      throw new SpoolException("message " + message.id() + " is gone; it was never written");
    }
    return real;
  }

  @Override
  public boolean sharesBody(SpoolEntry one, SpoolEntry other) {
    SpoolEntry realOne = real(one);
    SpoolEntry realOther = real(other);
    if (realOne instanceof Message held) {
      return realOther instanceof Message too && held.batch == too.batch;
    }
    return !(realOther instanceof Message) && below.sharesBody(realOne, realOther);
  }

  @Override
  public Optional<Found> find(MessageId id) throws IOException {
    for (Collection<HeldBatch> batches : List.of(held.values(), writing)) {
      for (HeldBatch batch : batches) {
        synchronized (batch) {
          Body body = batch.body;
          for (Message message : batch.messages) {
            Envelope envelope = message.envelope;
            if (message.id().equals(id) && !message.unlinked && envelope != null && body != null) {
              return Optional.of(new Found(message, envelope, message.state, body.length()));
            }
          }
        }
      }
    }
    return below.find(id);
  }

  // ---- writing

  /** Begins to write a batch, unless that has begun or nothing is left of it; whether it began. */
  private boolean write(HeldBatch batch) {
    List<Message> left;
    List<Envelope> envelopes = new ArrayList<>();
    AttemptState state;
    Body body;
    synchronized (batch) {
      if (batch.phase != Phase.HELD || batch.body == null) {
        return false;
      }
      left = batch.messages.stream().filter(message -> !message.unlinked).toList();
      batch.messages = left;
      body = batch.body;
      state = left.getFirst().state;
      for (Message message : left) {
        Envelope envelope = message.envelope;
        if (envelope != null) {
          envelopes.add(envelope);
        }
      }
      batch.phase = Phase.WRITING;
      batch.written = new CompletableFuture<>();
      writing.add(batch);
      letGo(batch);
    }
    below.store(
        envelopes,
        state,
        body,
        AtOnce.LOOP,
        new StoreListener() {
          @Override
          public void stored(List<SpoolEntry> entries) {
            isWritten(batch, left, envelopes, state, entries);
          }

          @Override
          public void failed(IOException cause) {
            notWritten(batch, left, cause);
          }
        });
    return true;
  }

  private void isWritten(
      HeldBatch batch,
      List<Message> messages,
      List<Envelope> envelopes,
      AttemptState state,
      List<SpoolEntry> entries) {
    synchronized (batch) {
      for (int i = 0; i < messages.size(); i++) {
        Message message = messages.get(i);
        SpoolEntry entry = entries.get(i);
        Envelope envelope = message.envelope;
        if (message.unlinked) {
          below.unlink(entry);
        } else if (envelope != null && envelope != envelopes.get(i)) {
          below.rewrite(entry, envelope, message.state);
        } else if (!message.state.equals(state)) {
          below.update(entry, message.state);
        }
        message.envelope = null;
        message.real = entry;
      }
      batch.phase = Phase.WRITTEN;
      batch.body = null;
      batch.messages = List.of();
      heldMessages.addAndGet(-messages.size());
      writing.remove(batch);
    }
    batch.written.complete(null);
  }

  private void notWritten(HeldBatch batch, List<Message> messages, IOException cause) {
    CompletableFuture<Void> written;
    boolean again;
    synchronized (batch) {
      batch.phase = Phase.HELD;
      hold(batch);
      writing.remove(batch);
      for (Message message : messages) {
        if (message.unlinked) {
          unlinkedUnwritten(message);
        }
      }
      again = batch.phase == Phase.HELD;
      written = batch.written;
    }
    if (again && !closing) {
      LOG.error("{} messages stay in memory alone: {}", messages.size(), cause.getMessage());
      try {
        batch.loop.schedule(() -> write(batch), RETRY);
      } catch (RejectedExecutionException e) {
        LOG.debug("the loop has ended", e);
      }
    }
    written.completeExceptionally(cause);
  }

  /** Writes all that is in memory alone, and waits for it. */
  private void writeAll() throws IOException {
    // looked through in this order none is missed that goes from one to the other meanwhile
    Set<HeldBatch> batches = new LinkedHashSet<>(writing);
    batches.addAll(held.values());
    batches.addAll(writing);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (HeldBatch batch : batches) {
      write(batch);
      synchronized (batch) {
        if (batch.phase == Phase.WRITING || batch.written.isCompletedExceptionally()) {
          all.add(batch.written);
        }
      }
    }
    try {
      CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw new IOException(cause == null ? e.toString() : cause.getMessage(), cause);
    } catch (TimeoutException e) {
      throw new IOException("the spool did not answer within " + PATIENCE_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while mail was written to the spool", e);
    }
  }

  @Override
  public void sync() throws IOException {
    writeAll();
    super.sync();
  }

  /** Writes all that is in memory alone; the spool below stays open. Blocks. */
  public void close() {
    closing = true;
    for (int tries = 1; ; tries++) {
      try {
        writeAll();
        return;
      } catch (IOException e) {
        if (tries == CLOSING_TRIES) {
          LOG.error(
              "{} messages are lost: they were in memory alone (suppress_spool) and cannot be"
                  + " written: {}",
              heldMessages,
              e.getMessage());
          return;
        }
      }
    }
  }

  @Override
  public Statistics statistics() {
    Statistics disk = super.statistics();
    long inMemory = heldMessages.get();
    long never = neverWritten.sum();
    return new Statistics(
        disk.messages() + inMemory,
        disk.stored() + inMemory + never,
        disk.unlinked() + never,
        disk.commits(),
        disk.syncs(),
        disk.diskBytes(),
        disk.bytesWritten(),
        disk.reads(),
        disk.bytesRead(),
        disk.failures(),
        disk.unlinks());
  }
}
