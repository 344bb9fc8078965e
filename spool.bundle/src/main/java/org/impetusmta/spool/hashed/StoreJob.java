package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.StoreListener;
import org.impetusmta.spool.EncodedBody;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One batch on its way to the disk. First its files are written and synced, in a thread of SwapOut:
 * one data file to which every message has a link, and for each message its metadata, under the
 * name of one that is being written. Then {@link Commits} puts the metadata in place, which is what
 * makes the messages count.
 *
 * <p>Thread-safety: written by one thread, then handed over by {@link #end}.
 */
final class StoreJob {
  private static final Logger LOG = LoggerFactory.getLogger(StoreJob.class);

  /** Names of one data file; file systems allow some ten thousand. */
  private static final int MAX_LINKS = 10_000;

  /** Files that are written before they are synced. */
  private static final int OPEN_FILES = 64;

  private final List<Envelope> envelopes;
  private final AttemptState state;
  private final EncodedBody body;
  private final EventLoop loop;
  private final StoreListener listener;
  private final PendingWork.Round round;

  /** What was made, in this order: data before metadata. */
  private final List<Path> made = new ArrayList<>();

  private long octets;
  private @Nullable IOException failure;
  private volatile boolean ended;

  StoreJob(
      List<Envelope> envelopes,
      AttemptState state,
      EncodedBody body,
      EventLoop loop,
      StoreListener listener,
      PendingWork.Round round) {
    this.envelopes = List.copyOf(envelopes);
    this.state = state;
    this.body = body;
    this.loop = loop;
    this.listener = listener;
    this.round = round;
  }

  EventLoop loop() {
    return loop;
  }

  int count() {
    return envelopes.size();
  }

  /** Octets of all its files. */
  long octets() {
    return octets;
  }

  @Nullable IOException failure() {
    return failure;
  }

  void fail(IOException cause) {
    if (failure == null) {
      failure = cause;
    }
  }

  /** Whether it may be committed, or answered that it failed. */
  boolean isEnded() {
    return ended;
  }

  /** Hands it over to the commit. */
  void end() {
    ended = true;
  }

  /** Writes the files, synced if they are to be. */
  void write(HashedFiles files, HashedFigures figures) {
    List<HashedDisk.NewFile> open = new ArrayList<>();
    try {
      write(files, figures, open);
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException e) {
      fail(new IOException("cannot store: " + e, e));
    }
    for (HashedDisk.NewFile file : open) {
      try {
        file.close();
      } catch (IOException e) {
        fail(e);
      }
    }
  }

  private void write(HashedFiles files, HashedFigures figures, List<HashedDisk.NewFile> open)
      throws IOException {
    boolean force = files.force();
    Body stored = body.octets();
    MetaFile.DataFile dataFile = MetaFile.DataFile.of(body);
    HashedLayout layout = files.layout();
    @Nullable Path original = null;
    int links = 0;
    for (Envelope envelope : envelopes) {
      MessageId id = envelope.id();
      files.ensure(HashedLayout.leaf(id));
      Path data = layout.file(id, HashedLayout.DATA);
      if (original == null || links == MAX_LINKS || !link(files, original, data)) {
        HashedDisk.NewFile file = files.create(data);
        made.add(data);
        open.add(file);
        for (int i = 0; i < stored.segments(); i++) {
          file.write(stored.segment(i), stored.segmentLength(i));
        }
        octets += stored.length();
        original = data;
        links = 0;
      }
      links++;
      Path fresh = layout.file(id, HashedLayout.NEW);
      byte[] meta = new MetaFile(state, envelope, dataFile).encode();
      HashedDisk.NewFile file = files.create(fresh);
      made.add(fresh);
      open.add(file);
      file.write(meta, meta.length);
      octets += meta.length;
      if (open.size() >= OPEN_FILES) {
        force(open, force, figures);
      }
    }
    force(open, force, figures);
    figures.bytesWritten.add(octets);
  }

  private boolean link(HashedFiles files, Path original, Path data) throws IOException {
    try {
      files.disk().link(original, data);
      made.add(data);
      return true;
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      LOG.debug("no link to {}; the body is written again", original, e);
      return false;
    }
  }

  private static void force(List<HashedDisk.NewFile> open, boolean force, HashedFigures figures)
      throws IOException {
    while (!open.isEmpty()) {
      HashedDisk.NewFile file = open.getLast();
      if (force) {
        file.force();
        figures.syncs.increment();
      }
      open.removeLast();
      file.close();
    }
  }

  /** Puts the metadata in place; the folders are added to {@code leaves}. */
  void publish(HashedFiles files, Set<Integer> leaves) {
    HashedLayout layout = files.layout();
    try {
      for (Envelope envelope : envelopes) {
        Path meta = layout.file(envelope.id(), HashedLayout.META);
        files.disk().rename(layout.file(envelope.id(), HashedLayout.NEW), meta);
        made.add(meta);
        leaves.add(HashedLayout.leaf(envelope.id()));
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  /** Whether one of its messages lies in that folder. */
  boolean isIn(int leaf) {
    return envelopes.stream().anyMatch(envelope -> HashedLayout.leaf(envelope.id()) == leaf);
  }

  /** Takes away what was made of a store that failed, metadata first. */
  void undo(HashedFiles files) {
    for (Path file : made.reversed()) {
      files.removeQuietly(file);
    }
  }

  /** Tells the listener; on its loop. */
  void answer() {
    IOException cause = failure;
    if (cause != null) {
      listener.failed(cause);
      return;
    }
    List<SpoolEntry> entries = new ArrayList<>(envelopes.size());
    for (Envelope envelope : envelopes) {
      entries.add(new HashedEntry(envelope.id()));
    }
    listener.stored(List.copyOf(entries));
  }

  /** It is answered. */
  void done() {
    round.leave();
  }
}
