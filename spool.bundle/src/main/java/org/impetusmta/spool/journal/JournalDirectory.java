package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders of the journal below SpoolBase and the names in them:
 *
 * <pre>
 *   journal/0000000042.journal   a segment; the number is its own for ever
 *   journal/0000000042.index     what is in it besides bodies ({@link SegmentIndex})
 *   journal/0000000017.spare     a finished segment that waits to be written over
 *   damaged/                     what was set aside ({@link Damage})
 * </pre>
 *
 * <p>Every change of a name is made durable before anything is built on it: a segment's name before
 * its first record counts, a segment's going before the next one goes.
 *
 * <p>Thread-safety: {@link #open}, {@link #mode}, {@link #disk} and the paths are concurrent; the
 * rest belongs to the journal writer.
 */
final class JournalDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(JournalDirectory.class);
  private static final Pattern NAME = Pattern.compile("(\\d{10})\\.(journal|spare|index)");

  /** Octets that two commits may need. */
  private static final long ROOM = 2 * Mailbox.COMMIT_BYTES;

  private final Path journal;
  private final Path damaged;
  private final Disk disk;
  private final int mode;
  private final int maxSpares;
  private final long segmentSize;
  private final SecureRandom random = new SecureRandom();
  private final Deque<Path> spares = new ArrayDeque<>();
  private final List<Segment> found = new ArrayList<>();
  private final Set<Path> indexes = new HashSet<>();
  private int lastNumber;

  JournalDirectory(Path base, JournalSettings settings, Disk disk) throws IOException {
    this.journal = base.resolve("journal");
    this.damaged = base.resolve("damaged");
    this.disk = disk;
    this.mode = settings.fileMode();
    this.maxSpares = settings.spares();
    this.segmentSize = settings.segmentSize();
    makeFolder(base, mode);
    makeFolder(journal, mode);
    disk.syncDirectory(base);
    list();
    for (Segment segment : found) {
      checkVersion(segment);
    }
    deleteOrphans();
  }

  /**
   * Makes a folder that those who may read the files may enter.
   *
   * @throws IOException that names the folder when it cannot be made or written to
   */
  static void makeFolder(Path folder, int mode) throws IOException {
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, permissions(mode | (mode & 0444) >> 2));
      }
    } catch (IOException e) {
      throw new IOException("cannot make the spool folder " + folder + ": " + e, e);
    }
    if (!Files.isWritable(folder) || !Files.isExecutable(folder)) {
      throw new IOException("cannot write to the spool folder " + folder);
    }
  }

  /** The permissions of a mode: the nine bits, from the owner's read to the others' execute. */
  static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((mode & 0400 >> i) != 0) {
        permissions.add(all[i]);
      }
    }
    return permissions;
  }

  private void list() throws IOException {
    try {
      for (Path file : disk.list(journal)) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (!name.matches()) {
          LOG.warn("{} is no part of the spool; left alone", file);
          continue;
        }
        int number = Integer.parseInt(name.group(1));
        lastNumber = Math.max(lastNumber, number);
        switch (name.group(2)) {
          case "spare" -> spares.add(file);
          case "journal" -> found.add(new Segment(number, file, 0));
          default -> indexes.add(file);
        }
      }
    } catch (NumberFormatException e) {
      throw new IOException("a segment number in " + journal + " is too large", e);
    }
    found.sort(Comparator.comparingInt(Segment::number));
  }

  /** What a later version wrote is not for this one to judge: nothing is changed then. */
  private void checkVersion(Segment segment) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(SegmentHeader.FIRST_RECORD);
    try (FileChannel channel = open(segment)) {
      SegmentReader.fill(channel, block, 0, Math.min(channel.size(), SegmentHeader.FIRST_RECORD));
    }
    block.flip();
    if (SegmentHeader.isForeign(block, 0)
        && (SegmentHeader.isForeign(block, SegmentHeader.COPY_AT)
            || block.limit() < SegmentHeader.FIRST_RECORD)) {
      throw new IOException(
          segment.file() + " was written by another version of the spool; nothing was changed");
    }
  }

  private void deleteOrphans() {
    found.forEach(segment -> indexes.remove(index(segment)));
    for (Path orphan : indexes) {
      deleteIndex(orphan);
    }
    indexes.clear();
  }

  /** The file of a segment's index, which may not be there. */
  Path index(Segment segment) {
    return journal.resolve("%010d.index".formatted(segment.number()));
  }

  /** One that stays is found and deleted at the next start. */
  private void deleteIndex(Path file) {
    try {
      disk.delete(file);
    } catch (IOException e) {
      LOG.debug("cannot delete {}", file, e);
    }
  }

  /** Segments that earlier processes left, oldest first. */
  List<Segment> found() {
    return List.copyOf(found);
  }

  Path damaged() {
    return damaged;
  }

  int mode() {
    return mode;
  }

  FileChannel open(Segment segment) throws IOException {
    return disk.open(segment.file(), StandardOpenOption.READ);
  }

  FileChannel openForRepair(Segment segment) throws IOException {
    return disk.open(segment.file(), StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  void sync(Path folder) throws IOException {
    disk.syncDirectory(folder);
  }

  Disk disk() {
    return disk;
  }

  /**
   * A new segment, its name durable, its header written but not yet synced: the first commit's sync
   * does that.
   */
  Opened create(long nowMillis) throws IOException {
    if (lastNumber == Integer.MAX_VALUE) {
      throw new IOException("segment numbers are used up in " + journal);
    }
    // one that fails has used its number up: whatever stays of the file, nothing is written over it
    int number = ++lastNumber;
    Path file = journal.resolve("%010d.journal".formatted(number));
    SegmentHeader header = new SegmentHeader(number, random.nextLong(), nowMillis);
    List<FileChannel> opened = new ArrayList<>(1);
    try {
      FileChannel channel = openNew(file);
      opened.add(channel);
      disk.syncDirectory(journal);
      ByteBuffer block = header.encode();
      while (block.hasRemaining()) {
        channel.write(block, block.position());
      }
      return new Opened(new Segment(number, file, header.epoch()), channel);
    } catch (IOException e) {
      // nothing counts on this file yet; without it a full disk does not fill with empty ones
      try {
        for (FileChannel channel : opened) {
          channel.close();
        }
        disk.delete(file);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  private FileChannel openNew(Path file) throws IOException {
    Path spare = spares.peekFirst();
    if (spare != null) {
      try {
        disk.rename(spare, file);
      } catch (IOException e) {
        // it may have been renamed all the same: then it must not stand in the way for ever
        if (disk.size(spare) < 0) {
          spares.removeFirst();
        }
        throw e;
      }
      spares.removeFirst();
      return disk.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
    FileChannel channel =
        disk.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      disk.permissions(file, permissions(mode));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** A segment that can be written to. */
  record Opened(Segment segment, FileChannel channel) {}

  /**
   * Takes a segment that nobody needs out of the journal, for good once this returns. May be called
   * again after it failed.
   */
  void discard(Segment segment) throws IOException {
    if (segment.isIndexed()) {
      deleteIndex(index(segment));
    }
    Path file = segment.file();
    long size = disk.size(file);
    // an outsize one would keep its space for ever
    if (spares.size() < maxSpares && size >= segmentSize / 2 && size <= 2 * segmentSize) {
      Path spare = journal.resolve("%010d.spare".formatted(segment.number()));
      disk.rename(file, spare);
      spares.addLast(spare);
    } else if (size >= 0) {
      disk.delete(file);
    }
    disk.syncDirectory(journal);
  }

  /** Removes a segment in which nothing ever counted, for good once this returns. */
  void remove(Segment segment) throws IOException {
    disk.delete(segment.file());
    disk.syncDirectory(journal);
  }

  /** Octets of all files in the journal. */
  long diskBytes() throws IOException {
    long sum = 0;
    for (Path file : disk.list(journal)) {
      sum += Math.max(0, disk.size(file));
    }
    return sum;
  }

  /** Whether what the largest commits need may still be written. */
  boolean hasRoom() {
    try {
      return disk.usableSpace(journal) >= ROOM;
    } catch (IOException e) {
      LOG.debug("cannot tell how much space is left for {}", journal, e);
      return true;
    }
  }
}
