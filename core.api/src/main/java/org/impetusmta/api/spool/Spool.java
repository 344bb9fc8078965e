package org.impetusmta.api.spool;

import java.io.IOException;
import java.util.List;
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
   * @param loop where {@code listener} is called; the answers of one commit to one loop come in one
   *     task
   */
  void store(List<Envelope> envelopes, Body body, EventLoop loop, StoreListener listener);

  /**
   * Records what a transient failure changed. Survives a crash once a later store or {@link #sync}
   * is durable. Never blocks.
   */
  void update(SpoolEntry entry, AttemptState state);

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
   * Hands over every message that an earlier process left, in the order in which they were stored,
   * each exactly once, and returns when all are handed over. Blocks. Stores may go on meanwhile;
   * what they add is not handed over. May be called once.
   *
   * @return how many messages were handed over and how many records were set aside as damaged
   */
  Recovery recover(RecoveryListener listener) throws IOException;

  /** Makes all that was asked for before durable. Blocks. */
  void sync() throws IOException;

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
   */
  record Statistics(
      long messages, long stored, long unlinked, long commits, long syncs, long diskBytes) {}
}
