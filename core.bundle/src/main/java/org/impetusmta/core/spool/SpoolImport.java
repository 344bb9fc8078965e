package org.impetusmta.core.spool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.log.LogEvent.ImportResult;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.ImportedSpool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.Recovery;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.StoreListener;
import org.impetusmta.core.message.MailMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the mail of one other spool over: reads a message there, stores it here, makes it durable,
 * queues it, and only then removes it there. So an import that ends early goes on where it was when
 * it is asked for again; what was on its way then comes twice rather than not at all. A message
 * that cannot be read or stored stays where it is, and the others go on.
 *
 * <p>Thread-safety: {@link #run} is called once, on a thread of the pool SpoolIn; all else is
 * concurrent.
 */
public final class SpoolImport {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolImport.class);

  /** Messages that are made durable, and removed there, together. */
  private static final int GROUP = 100;

  /** Stores that fail one after the other until it is given up. */
  private static final int FAILURES_IN_ROW = 10;

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

  private final Path folder;
  private final int concurrency;
  private final boolean trace;
  private final SpoolImports server;
  private final Semaphore room;
  private final AtomicLong imported = new AtomicLong();
  private final AtomicLong renamed = new AtomicLong();
  private final AtomicLong unreadableEnvelopes = new AtomicLong();
  private final AtomicLong unreadableBodies = new AtomicLong();
  private final AtomicLong notStored = new AtomicLong();
  private final AtomicInteger failuresInRow = new AtomicInteger();

  /** Stored here, still there; guarded by itself. */
  private final List<Arrived> arrived = new ArrayList<>();

  private volatile boolean stopping;
  private volatile String end = "";

  private record Arrived(SpoolEntry there, MessageId original, MailMessage message) {}

  /** Ends a recovery before its end. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stopped(String reason) {
      super(reason);
    }
  }

  SpoolImport(Path folder, int concurrency, boolean trace, SpoolImports server) {
    this.folder = folder;
    this.concurrency = concurrency;
    this.trace = trace;
    this.server = server;
    this.room = new Semaphore(concurrency);
  }

  /** Imports all there is. Blocks until that is done, or cannot be. */
  void run() {
    String how = "finished";
    try (ImportedSpool spool = server.folders().open(folder)) {
      try {
        Recovery recovery = spool.recover((entry, e, state, size) -> take(spool, entry, e, state));
        for (long i = 0; i < recovery.damagedRecords(); i++) {
          unreadableEnvelopes.incrementAndGet();
          log(Optional.empty(), Optional.empty(), ImportResult.ENVELOPE_UNREADABLE);
        }
      } catch (Stopped e) {
        how = "stopped: " + e.getMessage();
      } finally {
        room.acquireUninterruptibly(concurrency);
        settle(spool);
        spool.sync();
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("the import of {} failed", folder, e);
      how = "failed: " + e.getMessage();
    }
    end = how;
    LOG.info("{}", this);
  }

  /** On the thread of {@link #run}: one message, or as many as may be on their way at once. */
  private void take(ImportedSpool spool, SpoolEntry there, Envelope envelope, AttemptState state) {
    if (stopping) {
      throw new Stopped("the server stops");
    }
    if (failuresInRow.get() >= FAILURES_IN_ROW) {
      throw new Stopped(FAILURES_IN_ROW + " messages in a row cannot be stored; see the paniclog");
    }
    MessageId original = envelope.id();
    Body body;
    try {
      body = spool.read(there);
    } catch (IOException e) {
      LOG.error("message {} of {} stays there: {}", original, folder, e.getMessage());
      unreadableBodies.incrementAndGet();
      log(Optional.of(original), Optional.empty(), ImportResult.BODY_UNREADABLE);
      return;
    }
    Envelope here;
    try {
      here = server.claim(envelope);
    } catch (IOException e) {
      notStored(original, e);
      return;
    }
    Body stored = trace ? body.withFields(traceField(here)) : body;
    room.acquireUninterruptibly();
    EventLoop loop = server.owner(here);
    server
        .spool()
        .store(
            List.of(here),
            state,
            stored,
            loop,
            new StoreListener() {
              @Override
              public void stored(List<SpoolEntry> entries) {
                MailMessage message =
                    new MailMessage(entries.getFirst(), here, state, stored.length());
                synchronized (arrived) {
                  arrived.add(new Arrived(there, original, message));
                }
                failuresInRow.set(0);
                room.release();
              }

              @Override
              public void failed(IOException cause) {
                server.unclaim(here.id());
                notStored(original, cause);
                room.release();
              }
            });
    boolean enough;
    synchronized (arrived) {
      enough = arrived.size() >= GROUP;
    }
    if (enough) {
      settle(spool);
    }
  }

  private void notStored(MessageId original, IOException cause) {
    LOG.error("message {} of {} cannot be stored: {}", original, folder, cause.getMessage());
    notStored.incrementAndGet();
    failuresInRow.incrementAndGet();
    log(Optional.of(original), Optional.empty(), ImportResult.NOT_STORED);
  }

  /** Makes durable what has arrived, whatever the configuration says of syncs, and queues it. */
  private void settle(ImportedSpool spool) {
    List<Arrived> group;
    synchronized (arrived) {
      group = List.copyOf(arrived);
      arrived.clear();
    }
    if (group.isEmpty()) {
      return;
    }
    boolean durable = true;
    try {
      server.spool().sync();
    } catch (IOException e) {
      // it is stored, if not for sure; there it stays too
      LOG.error("{} imported messages stay in {} too: {}", group.size(), folder, e.getMessage());
      durable = false;
    }
    for (Arrived one : group) {
      MessageId id = one.message().id();
      server.enqueue(one.message());
      server.unclaim(id);
      if (durable) {
        spool.unlink(one.there());
      }
      imported.incrementAndGet();
      if (!id.equals(one.original())) {
        renamed.incrementAndGet();
      }
      log(Optional.of(one.original()), Optional.of(id), ImportResult.IMPORTED);
    }
  }

  private void log(Optional<MessageId> original, Optional<MessageId> id, ImportResult result) {
    server
        .log()
        .append(new LogEvent.Import(server.nowMicros(), original, id, result, folder.toString()));
  }

  /** A Received field (RFC 5321 section 4.4) that says where the message was meanwhile. */
  private byte[] traceField(Envelope envelope) {
    return "Received: from spool (imported)\r\n\tby %s (impetus %s) with local\r\n\tid %s; %s\r\n"
        .formatted(
            server.hostname(),
            server.version(),
            envelope.id(),
            DATE.format(Instant.ofEpochMilli(server.nowMillis()).atZone(ZoneId.systemDefault())))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Ends it at the next message. */
  void stop() {
    stopping = true;
  }

  /** Whether it is under way. */
  public boolean running() {
    return end.isEmpty();
  }

  /** Messages that are here. */
  public long imported() {
    return imported.get();
  }

  /** Messages that stay there, and damaged records there. */
  public long failed() {
    return unreadableEnvelopes.get() + unreadableBodies.get() + notStored.get();
  }

  /** One line for the operator. */
  @Override
  public String toString() {
    return ("import of %s: %s; %d messages imported, %d of them with a new id; failed: %d envelopes"
            + " unreadable, %d bodies unreadable, %d not stored")
        .formatted(
            folder,
            running() ? "running" : end,
            imported.get(),
            renamed.get(),
            unreadableEnvelopes.get(),
            unreadableBodies.get(),
            notStored.get());
  }
}
