package org.impetusmta.jlog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A journal: a folder with the file {@code metastore} ({@link JlogMeta}), segments of records with
 * their indexes ({@code 0000000a}, {@code 0000000a.idx}), and for each subscriber the file {@code
 * cp.HEX}, HEX its name in hexadecimal, with two 32-bit words: the {@link JlogId} of the last
 * record that it is done with. {@code pre_commit} belongs to writers that use the original library:
 * a 32-bit length and so many octets of records that are not in a segment yet.
 *
 * <p>A segment that no checkpoint needs is deleted, never the one that is written. Journals of
 * either byte order are read and written; a new one has that of the machine. Every change is made
 * under locks that the original library takes too, so that both may work on one journal at once.
 *
 * <p>All methods block. Concurrent: other threads and processes may use the journal meanwhile.
 * Source: the jlog library 2.6 (omniti-labs/jlog), CONCEPTS and jlog.c.
 */
public final class Jlog {
  private static final String METASTORE = "metastore";
  private static final String CHECKPOINT = "cp.";
  private static final String PRE_COMMIT = "pre_commit";
  private static final int ID_OCTETS = 8;
  private static final int LONGEST_NAME = 126;

  private final Path folder;

  private Jlog(Path folder) {
    this.folder = folder;
  }

  /**
   * A journal that is there.
   *
   * @throws IOException where the folder is none, with the reason
   */
  public static Jlog open(Path folder) throws IOException {
    Jlog jlog = new Jlog(folder);
    jlog.meta();
    return jlog;
  }

  /** A journal, which is made, with the folders that it stands in, where it is missing. */
  public static Jlog openOrCreate(Path folder) throws IOException {
    return openOrCreate(folder, JlogMeta.UNIT_LIMIT);
  }

  /**
   * A journal, which is made where it is missing.
   *
   * @param unitLimit octets of a segment, if it is made
   */
  public static Jlog openOrCreate(Path folder, int unitLimit) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
    } catch (FileAlreadyExistsException there) {
      if (!Files.isDirectory(folder)) {
        throw new IOException("is no folder", there);
      }
    }
    Jlog jlog = new Jlog(folder);
    jlog.createMetastore(unitLimit);
    jlog.meta();
    return jlog;
  }

  /** An empty folder becomes a journal; so does one whose metastore another was about to write. */
  private void createMetastore(int unitLimit) throws IOException {
    Path file = folder.resolve(METASTORE);
    if (!Files.exists(file)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path other : files) {
          if (!other.equals(file)) {
            throw new IOException(
                "is a folder that holds %s and no metastore, thus no journal"
                    .formatted(other.getFileName()));
          }
        }
      }
    }
    try (JlogFile metastore = JlogFile.openOrCreate(file);
        JlogFile.Held _ = metastore.lock()) {
      if (metastore.size() == 0) {
        metastore.write(0, JlogMeta.initial(unitLimit).encoded());
        metastore.force();
      }
    }
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  /** What the metastore says now. */
  public JlogMeta meta() throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(folder.toString());
    }
    try (JlogFile metastore = openMetastore()) {
      return read(metastore);
    } catch (NoSuchFileException e) {
      throw new IOException("has no metastore, thus is no journal", e);
    }
  }

  JlogFile openMetastore() throws IOException {
    return JlogFile.open(folder.resolve(METASTORE));
  }

  static JlogMeta read(JlogFile metastore) throws IOException {
    int length = (int) Math.min(metastore.size(), Integer.BYTES * 5L);
    ByteBuffer octets = ByteBuffer.allocate(length);
    metastore.readSome(0, octets);
    return JlogMeta.of(octets.array());
  }

  JlogFile openPreCommit() throws IOException {
    return JlogFile.open(folder.resolve(PRE_COMMIT));
  }

  // ---- segments

  /** The numbers of the segments there are, in order. */
  public List<Long> segments() throws IOException {
    TreeSet<Long> logs = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.length() == ID_OCTETS && name.chars().allMatch(HexFormat::isHexDigit)) {
          logs.add(HexFormat.fromHexDigitsToLong(name));
        }
      }
    }
    return List.copyOf(logs);
  }

  /** Octets of a segment. */
  public long size(long log) throws IOException {
    return Files.size(folder.resolve(Segment.name(log)));
  }

  /**
   * How many records the index of a segment knows and whether it is closed.
   *
   * @throws NoSuchFileException where there is no index
   */
  public IndexState index(long log) throws IOException {
    Segment.Indexed indexed =
        Segment.indexed(folder.resolve(Segment.name(log) + Segment.INDEX), meta());
    return new IndexState(indexed.records(), indexed.complete());
  }

  /**
   * The state of an index.
   *
   * @param closed whether there will be no more
   */
  public record IndexState(long records, boolean closed) {}

  /**
   * The last record that was written; with the marker 0 if the segment that is written is empty.
   */
  public JlogId last() throws IOException {
    JlogMeta meta = meta();
    long log = meta.storageLog();
    try (Segment segment = Segment.open(folder, meta, log)) {
      return new JlogId(log, segment.sync(log).records());
    } catch (NoSuchFileException nothingWritten) {
      return new JlogId(log, 0);
    }
  }

  /** Looks at the records of a segment while it is given to {@code look}. */
  public <T> T scan(long log, Look<T> look) throws IOException {
    try (JlogFile data = JlogFile.open(folder.resolve(Segment.name(log)))) {
      return look.at(new SegmentScan(data, meta()));
    }
  }

  /** What looks at a segment. */
  @FunctionalInterface
  public interface Look<T> {
    T at(SegmentScan scan) throws IOException;
  }

  /**
   * Takes out of a segment what is no whole record, and deletes its index, which is made anew by
   * the next reader. Checkpoints behind the damage stand at later records then.
   *
   * @return how many places were damaged
   */
  public int repair(long log) throws IOException {
    Path file = folder.resolve(Segment.name(log));
    int places;
    try (JlogFile data = JlogFile.open(file);
        JlogFile.Held _ = data.lock()) {
      places = SegmentScan.repair(data, meta());
    }
    if (places > 0) {
      Files.deleteIfExists(folder.resolve(Segment.name(log) + Segment.INDEX));
    }
    return places;
  }

  /**
   * Deletes the segments that no checkpoint needs; none where there is no subscriber.
   *
   * @return how many
   */
  public int clean() throws IOException {
    JlogMeta meta = meta();
    long needed = meta.storageLog();
    List<String> subscribers = subscribers();
    if (subscribers.isEmpty()) {
      return 0;
    }
    for (String subscriber : subscribers) {
      needed = Math.min(needed, checkpoint(subscriber, meta).map(JlogId::log).orElse(0L));
    }
    return delete(0, needed);
  }

  private int delete(long from, long to) throws IOException {
    int deleted = 0;
    for (long log : segments()) {
      if (log >= from && log < to) {
        Segment.delete(folder, log);
        deleted++;
      }
    }
    return deleted;
  }

  /** How many subscribers are not done with a segment. */
  public int pendingReaders(long log) throws IOException {
    JlogMeta meta = meta();
    int readers = 0;
    for (String subscriber : subscribers()) {
      if (checkpoint(subscriber, meta).map(JlogId::log).orElse(0L) <= log) {
        readers++;
      }
    }
    return readers;
  }

  // ---- subscribers

  /** The names of the subscribers, in order. */
  public List<String> subscribers() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, CHECKPOINT + "*")) {
      for (Path file : files) {
        String hex = file.getFileName().toString().substring(CHECKPOINT.length());
        if (hex.length() % 2 == 0 && hex.chars().allMatch(HexFormat::isHexDigit)) {
          names.add(new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8));
        }
      }
    }
    names.sort(null);
    return names;
  }

  private Path checkpointFile(String subscriber) throws IOException {
    byte[] octets = subscriber.getBytes(StandardCharsets.UTF_8);
    if (octets.length == 0 || octets.length > LONGEST_NAME) {
      throw new IOException(
          "found a subscriber's name of %d octets, expected 1 to %d"
              .formatted(octets.length, LONGEST_NAME));
    }
    return folder.resolve(CHECKPOINT + HexFormat.of().formatHex(octets));
  }

  /**
   * Adds a subscriber that has read nothing yet.
   *
   * @return whether it was not there before
   */
  public boolean addSubscriber(String subscriber) throws IOException {
    JlogMeta meta = meta();
    try (JlogFile file = JlogFile.create(checkpointFile(subscriber));
        JlogFile.Held _ = file.lock()) {
      // as long as the file is empty nothing is deleted
      List<Long> segments = segments();
      JlogId first = new JlogId(segments.isEmpty() ? meta.storageLog() : segments.getFirst(), 0);
      write(file, first, meta);
      return true;
    } catch (FileAlreadyExistsException there) {
      return false;
    }
  }

  /**
   * Removes a subscriber. What it alone has not read is deleted by {@link #clean}, or when the
   * writer goes on to another segment.
   *
   * @return whether it was there
   */
  public boolean removeSubscriber(String subscriber) throws IOException {
    return Files.deleteIfExists(checkpointFile(subscriber));
  }

  /** The last record that a subscriber is done with; empty if there is no such subscriber. */
  public Optional<JlogId> checkpoint(String subscriber) throws IOException {
    return checkpoint(subscriber, meta());
  }

  private Optional<JlogId> checkpoint(String subscriber, JlogMeta meta) throws IOException {
    try (JlogFile file = JlogFile.open(checkpointFile(subscriber));
        JlogFile.Held _ = file.lock()) {
      if (file.size() < ID_OCTETS) {
        return Optional.of(new JlogId(0, 0)); // just being added
      }
      ByteBuffer words = file.read(0, ID_OCTETS, meta.order());
      return Optional.of(
          new JlogId(
              Integer.toUnsignedLong(words.getInt()), Integer.toUnsignedLong(words.getInt())));
    } catch (NoSuchFileException unknown) {
      return Optional.empty();
    }
  }

  /**
   * Sets the last record that a subscriber is done with, and deletes the segments before it that no
   * other subscriber needs.
   *
   * @throws NoSuchFileException where there is no such subscriber
   */
  public void checkpoint(String subscriber, JlogId done) throws IOException {
    JlogMeta meta = meta();
    long before = checkpoint(subscriber, meta).map(JlogId::log).orElse(done.log());
    try (JlogFile file = JlogFile.open(checkpointFile(subscriber));
        JlogFile.Held _ = file.lock()) {
      write(file, done, meta);
    }
    if (before < done.log()) {
      clean();
    }
  }

  private static void write(JlogFile file, JlogId id, JlogMeta meta) throws IOException {
    file.write(
        0,
        ByteBuffer.allocate(ID_OCTETS)
            .order(meta.order())
            .putInt((int) id.log())
            .putInt((int) id.marker())
            .flip());
    if (meta.safety() == JlogMeta.SAFE) {
      file.force();
    }
  }
}
