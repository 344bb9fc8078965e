package org.impetusmta.client.spool;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.journal.SpoolLock;
import org.impetusmta.spool.offline.Findings;
import org.impetusmta.spool.offline.OfflineSpool;
import org.impetusmta.spool.offline.StoredMessage;

/**
 * Reads a whole spool, of either engine, and says what is damaged in it, as {@code ec_spool_check}
 * does. Takes the lock of the spool, so that no server works on it meanwhile, and changes nothing.
 * Single. Source: executable.ec_spool_check.
 */
public final class SpoolCheck implements Findings {
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private final PrintStream out;
  private final PrintStream err;
  private long scanned;
  private long metaFailures;
  private long bodyFailures;
  private long orphans;
  private Optional<Envelope> oldest = Optional.empty();
  private Optional<Envelope> newest = Optional.empty();

  public SpoolCheck(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * Checks a spool.
   *
   * @param folder SpoolBase, or the folder of an engine in it
   * @param mode the permissions of the lock file
   * @param extremes whether to name the oldest and the newest message
   * @return 0 where all is well, 1 where something is not
   * @throws IOException when there is no spool, it is in use, or the disk fails
   */
  public int run(Path folder, int mode, boolean extremes) throws IOException {
    Path base = base(folder);
    List<OfflineSpool> spools = OfflineSpool.in(base);
    if (spools.isEmpty()) {
      throw new IOException("there is no spool in " + folder);
    }
    try (SpoolLock _ = SpoolLock.take(base, mode)) {
      for (OfflineSpool spool : spools) {
        spool.scan(this);
      }
    }
    out.printf("Total scanned:    %d%n", scanned);
    out.printf("Total ok:         %d%n", scanned - metaFailures - bodyFailures);
    out.printf("Meta failures:    %d%n", metaFailures);
    out.printf("Body failures:    %d%n", bodyFailures);
    out.printf("Orphan L-markers: %d%n", orphans);
    if (extremes) {
      out.println("Oldest: " + oldest.map(SpoolCheck::told).orElse("(none)"));
      out.println("Newest: " + newest.map(SpoolCheck::told).orElse("(none)"));
    }
    out.flush();
    return metaFailures + bodyFailures + orphans == 0 ? 0 : 1;
  }

  /** SpoolBase where the folder of an engine was named, as the manual's example has it. */
  private static Path base(Path folder) {
    Path parent = folder.getParent();
    return parent != null && OfflineSpool.in(folder).isEmpty() && isEngine(folder, parent)
        ? parent
        : folder;
  }

  private static boolean isEngine(Path folder, Path parent) {
    return List.of("journal", "hashed").contains(folder.getFileName().toString())
        && !OfflineSpool.in(parent).isEmpty();
  }

  private static String told(Envelope envelope) {
    Instant created = Instant.ofEpochMilli(envelope.receivedMillis());
    return envelope.id() + " " + DATE.format(created.atZone(ZoneId.systemDefault()));
  }

  @Override
  public void message(StoredMessage message) throws IOException {
    scanned++;
    Envelope envelope = message.envelope();
    try {
      message.body();
    } catch (SpoolException e) {
      bodyFailures++;
      complain(envelope.id().toString(), String.valueOf(e.getMessage()));
      return;
    }
    long created = envelope.receivedMillis();
    if (oldest.isEmpty() || created < oldest.get().receivedMillis()) {
      oldest = Optional.of(envelope);
    }
    if (newest.isEmpty() || created >= newest.get().receivedMillis()) {
      newest = Optional.of(envelope);
    }
  }

  @Override
  public void fault(Fault fault, String name, String reason) {
    switch (fault) {
      case META, TAIL -> {
        scanned++;
        metaFailures++;
      }
      case BODY -> {
        scanned++;
        bodyFailures++;
      }
      case ORPHAN -> orphans++;
    }
    complain(name, reason);
  }

  private void complain(String name, String reason) {
    err.println("FAIL " + Printable.of(name) + ": " + Printable.of(reason));
  }
}
