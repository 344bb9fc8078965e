package org.impetusmta.api.spool;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The durable spool; an OSGi service. What {@link #store} confirmed survives the end of the process
 * and, with {@code force_fsync}, of the machine. Concurrent; only the methods that say so block.
 */
@ProviderType
public interface Spool {
  /**
   * Stores the messages of one batch with the body that they share: all or none. Never blocks.
   *
   * @param state what attempts have changed already; {@link AttemptState#NEW} for new mail
   * @param loop where {@code listener} is called; the answers of one commit to one loop come in one
   *     task
   */
  void store(
      List<Envelope> envelopes,
      AttemptState state,
      Body body,
      EventLoop loop,
      StoreListener listener);

  /** Stores new mail. */
  default void store(List<Envelope> envelopes, Body body, EventLoop loop, StoreListener listener) {
    store(envelopes, AttemptState.NEW, body, loop, listener);
  }

  /**
   * Records what a transient failure changed. Survives a crash once a later store or {@link #sync}
   * is durable. Never blocks.
   */
  void update(SpoolEntry entry, AttemptState state);

  /**
   * Replaces all that is stored of a message but its body: binding or a dictionary changed. Its id
   * stays. Durable as {@link #update} is. Never blocks.
   */
  void rewrite(SpoolEntry entry, Envelope envelope, AttemptState state);

  /**
   * The queue is about to forget the body: what was held back in memory alone ({@code
   * suppress_spool}) is written now. Never blocks.
   */
  default void swapOut(SpoolEntry entry) {}

  /**
   * Removes a message that is finished with. Rides on the next commit without a sync of its own.
   * Never blocks.
   */
  void unlink(SpoolEntry entry);

  /**
   * Reads a body back. Blocks: thread pools only.
   *
   * @throws SpoolException when the record is damaged or gone; the message names segment and offset
   * @throws IOException when the disk fails
   */
  Body read(SpoolEntry entry) throws IOException;

  /**
   * Reads an envelope back as it was stored last: the queue has forgotten the dictionaries. Blocks:
   * thread pools only. An engine should do better than to look for it.
   *
   * @throws SpoolException when the record is damaged or gone; the message names segment and offset
   * @throws IOException when the disk fails
   */
  default Envelope envelope(SpoolEntry entry) throws IOException {
    return find(entry.id())
        .map(Found::envelope)
        .orElseThrow(() -> new SpoolException("message " + entry.id() + " is not in the spool"));
  }

  /**
   * Reads a body back for a queue. With {@code use_mmap} it may stay in its file: whoever keeps it
   * calls {@link Body#hold}. Blocks: thread pools only.
   *
   * @throws SpoolException when the record is damaged or gone; the message names segment and offset
   * @throws IOException when the disk fails
   */
  default Body swapIn(SpoolEntry entry) throws IOException {
    return read(entry);
  }

  /**
   * Whether both messages have one stored body between them, so that reading it once serves both.
   * Never blocks.
   */
  default boolean sharesBody(SpoolEntry one, SpoolEntry other) {
    return false;
  }

  /**
   * Hands over every message that an earlier process left, each exactly once, in the order in which
   * they lie in the spool: that in which they were stored, but for what was moved or rewritten
   * since, and returns when all are handed over. Blocks. Stores may go on meanwhile; what they add
   * is not handed over. May be called once.
   *
   * @return how many messages were handed over and how many records were set aside as damaged
   */
  Recovery recover(RecoveryListener listener) throws IOException;

  /**
   * Looks for one message that is in the spool, queued or not. Walks over the spool, so it may take
   * long. Blocks.
   */
  Optional<Found> find(MessageId id) throws IOException;

  /** Makes all that was asked for before durable. Blocks. */
  void sync() throws IOException;

  /**
   * Whether stores are likely to succeed: false from the moment at which the disk is full or fails
   * until it is well again. Mail is refused with 452 meanwhile.
   */
  boolean writable();

  /** Figures for the console. */
  Statistics statistics();

  /** Told what became of a store. Called on the loop given. */
  interface StoreListener {
    /** Durable; the entries are in the order of the envelopes. */
    void stored(List<SpoolEntry> entries);

    /** Not stored, nothing of it. */
    void failed(IOException cause);
  }

  /**
   * Takes messages that an earlier process left. Called on the thread that called {@link #recover}.
   */
  interface RecoveryListener {
    void recovered(SpoolEntry entry, Envelope envelope, AttemptState state, int bodyLength);
  }

  /** Where a message lies; opaque to all but the spool. */
  @ProviderType
  interface SpoolEntry {
    MessageId id();
  }

  /**
   * What attempts have changed.
   *
   * @param retries transient failures so far
   * @param nextAttemptMillis when the next attempt is due, milliseconds since 1970; 0: at once
   * @param lastReply what the last attempt was told; empty before the first
   */
  record AttemptState(int retries, long nextAttemptMillis, String lastReply) {
    /** Before the first attempt. */
    public static final AttemptState NEW = new AttemptState(0, 0, "");
  }

  /** What {@link #find} found. */
  record Found(SpoolEntry entry, Envelope envelope, AttemptState state, int bodyLength) {}

  /** What {@link #recover} found. */
  record Recovery(long messages, long damagedRecords) {}

  /**
   * Figures of a running spool.
   *
   * @param messages messages kept
   * @param stored messages stored since the start
   * @param unlinked messages removed since the start
   * @param commits writes to the journal since the start
   * @param syncs syncs of the disk since the start
   * @param diskBytes octets that the spool occupies
   * @param bytesWritten octets written since the start
   * @param reads bodies read back since the start
   * @param bytesRead their octets
   * @param failures stores that failed since the start
   * @param unlinks how removals went
   */
  record Statistics(
      long messages,
      long stored,
      long unlinked,
      long commits,
      long syncs,
      long diskBytes,
      long bytesWritten,
      long reads,
      long bytesRead,
      long failures,
      Unlinks unlinks) {}

  /**
   * Removals since the start, as {@code unlink stats} shows them.
   *
   * @param messages whole messages
   * @param headers their envelopes and states
   * @param bodies their bodies, which the messages of a batch share
   * @param backlog messages that wait for their removal
   * @param batchBacklog those of them that were asked for in bulk
   */
  record Unlinks(Count messages, Count headers, Count bodies, long backlog, long batchBacklog) {
    /** Nothing was removed. */
    public static final Unlinks NONE = new Unlinks(Count.NONE, Count.NONE, Count.NONE, 0, 0);
  }

  /** How often something was asked for, tried, and failed. */
  record Count(long submissions, long attempts, long failures) {
    /** Never. */
    public static final Count NONE = new Count(0, 0, 0);
  }
}
