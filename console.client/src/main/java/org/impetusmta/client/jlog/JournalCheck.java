package org.impetusmta.client.jlog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.impetusmta.jlog.JlogId;
import org.impetusmta.jlog.JlogMeta;

/**
 * Reads all of a journal in a given byte order and tells what does not fit together. What readers
 * have yet to do (an index that is short of its segment, or open behind a complete one) fits.
 * Changes nothing and locks nothing. Single. Source: executable.jlog_sanity_check, and the jlog
 * library's script, whose words these are.
 */
final class JournalCheck {
  private static final int HEADER = 16;
  private static final int ID = 8;
  private static final int OFFSET = 8;

  private final JournalFiles files;
  private final ByteOrder order;
  private final List<String> errors = new ArrayList<>();
  private final List<String> oddities = new ArrayList<>();
  private final Map<Long, Long> records = new TreeMap<>();

  private JournalCheck(JournalFiles files, ByteOrder order) {
    this.files = files;
    this.order = order;
  }

  /**
   * What was found.
   *
   * @param errors what makes the journal unreadable in part
   * @param oddities what should not be, and harms nobody who reads
   */
  record Findings(List<String> errors, List<String> oddities) {}

  static Findings of(JournalFiles files, ByteOrder order) throws IOException {
    JournalCheck check = new JournalCheck(files, order);
    check.run();
    return new Findings(List.copyOf(check.errors), List.copyOf(check.oddities));
  }

  private ByteBuffer read(Path file) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(file)).order(order);
  }

  private static String name(long log) {
    return "%08x".formatted(log);
  }

  private void run() throws IOException {
    files.others().forEach(name -> oddities.add("unexpected file found: " + name + " (skipping)"));
    if (!files.metastore()) {
      errors.add("no metastore found");
      return;
    }
    byte[] octets = Files.readAllBytes(files.folder().resolve(JournalFiles.METASTORE));
    if (octets.length != 12 && octets.length != 16) {
      errors.add("metastore has invalid size");
      return;
    }
    JlogMeta meta = JlogMeta.of(octets, order);
    if (octets.length == 16 && meta.magic() != JlogMeta.MAGIC) {
      errors.add(
          Integer.reverseBytes(meta.magic()) == JlogMeta.MAGIC
              ? "metastore has the other byte order"
              : "metastore has an unknown header magic %08x".formatted(meta.magic()));
      return;
    }
    Map<String, JlogId> checkpoints = checkpoints(meta);
    segmentNumbers(meta, checkpoints);
    for (Map.Entry<Long, Path> segment : files.segments().entrySet()) {
      segment(segment.getKey(), read(segment.getValue()), meta);
    }
    checkpoints.forEach((subscriber, at) -> place(subscriber, at, meta));
  }

  private Map<String, JlogId> checkpoints(JlogMeta meta) throws IOException {
    Map<String, JlogId> checkpoints = new TreeMap<>();
    for (Map.Entry<String, Path> checkpoint : files.checkpoints().entrySet()) {
      String name = checkpoint.getKey();
      ByteBuffer words = read(checkpoint.getValue());
      if (words.limit() != ID) {
        errors.add("checkpoint " + name + " has invalid size");
        continue;
      }
      JlogId id =
          new JlogId(
              Integer.toUnsignedLong(words.getInt(0)), Integer.toUnsignedLong(words.getInt(4)));
      if (id.log() > meta.storageLog()) {
        errors.add("checkpoint " + name + " points to segment newer than current segment");
        continue;
      }
      checkpoints.put(name, id);
    }
    if (checkpoints.isEmpty()) {
      oddities.add("no valid checkpoints");
    }
    return checkpoints;
  }

  private void segmentNumbers(JlogMeta meta, Map<String, JlogId> checkpoints) {
    long oldest =
        checkpoints.values().stream().mapToLong(JlogId::log).min().orElse(meta.storageLog());
    long expected = oldest;
    for (long log : files.segments().keySet()) {
      if (log < oldest && !checkpoints.isEmpty()) {
        oddities.add("segment " + name(log) + " is older than any checkpoint");
      }
      if (log > meta.storageLog()) {
        errors.add("segment " + name(log) + " is newer than the current segment");
      }
      if (log >= expected) {
        missing(expected, log - 1);
        expected = log + 1;
      }
    }
    missing(expected, meta.storageLog() - 1);
    for (long log : files.indexes().keySet()) {
      if (!files.segments().containsKey(log)) {
        oddities.add("index " + name(log) + ".idx doesn't correspond to any segment (skipping)");
      }
    }
  }

  private void missing(long first, long last) {
    if (first == last) {
      oddities.add("segment " + name(first) + " missing");
    } else if (first < last) {
      oddities.add("segments " + name(first) + " through " + name(last) + " missing");
    }
  }

  private void segment(long log, ByteBuffer data, JlogMeta meta) throws IOException {
    String segment = "segment " + name(log);
    List<Long> offsets = new ArrayList<>();
    long latest = 0;
    boolean backwards = false;
    int at = 0;
    while (at < data.limit()) {
      if (at > meta.unitLimit() && offsets.getLast() <= meta.unitLimit()) {
        oddities.add(segment + " has message offset larger than unit limit");
      }
      if (at + HEADER > data.limit()) {
        errors.add(segment + " offset " + at + ": not enough room for message header");
        return;
      }
      if (data.getInt(at) != meta.magic()) {
        errors.add(
            "%s offset %d: reserved field (%08x != %08x)"
                .formatted(segment, at, data.getInt(at), meta.magic()));
        return;
      }
      long time =
          Integer.toUnsignedLong(data.getInt(at + 4)) * 1_000_000
              + Integer.toUnsignedLong(data.getInt(at + 8));
      if (time < latest && !backwards) {
        oddities.add(segment + " offset " + at + ": time goes backwards");
        backwards = true;
      }
      latest = Math.max(latest, time);
      long length = Integer.toUnsignedLong(data.getInt(at + 12));
      if (at + HEADER + length > data.limit()) {
        errors.add(segment + " offset " + at + ": not enough room for message body");
        return;
      }
      offsets.add((long) at);
      at += HEADER + (int) length;
    }
    records.put(log, (long) offsets.size());
    Path index = files.indexes().get(log);
    if (index != null) {
      index(name(log) + ".idx", read(index), offsets);
    }
  }

  private void index(String name, ByteBuffer index, List<Long> offsets) {
    String place = "index " + name + " offset ";
    int entries = index.limit() / OFFSET;
    for (int i = 0; i < Math.min(entries, offsets.size()); i++) {
      if (index.getLong(i * OFFSET) != offsets.get(i)) {
        errors.add(place + i * OFFSET + ": index points to wrong offset");
        return;
      }
    }
    if (index.limit() % OFFSET != 0) {
      errors.add(place + entries * OFFSET + ": no room for next offset");
    } else if (entries > offsets.size() + 1) {
      errors.add(place + offsets.size() * OFFSET + ": index too long");
    } else if (entries > offsets.size() && index.getLong(offsets.size() * OFFSET) != 0) {
      errors.add(place + offsets.size() * OFFSET + ": closing offset not 0");
    }
  }

  private void place(String subscriber, JlogId at, JlogMeta meta) {
    if (at.log() == 0 && at.marker() == 0) {
      return;
    }
    Long count = records.get(at.log());
    if (!files.segments().containsKey(at.log())) {
      if (at.log() != meta.storageLog()) {
        errors.add("checkpoint " + subscriber + " points to nonexistent segment");
      }
    } else if (count == null) {
      errors.add("checkpoint " + subscriber + " points to a damaged segment");
    } else if (at.marker() > count) {
      errors.add("checkpoint " + subscriber + " points past the end of segment");
    }
  }
}
