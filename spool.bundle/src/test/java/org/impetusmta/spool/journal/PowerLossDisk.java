package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A disk that knows what would be left of it if the power failed now: what was synced, and of all
 * else any mixture. A block that was written but not synced is as it was, or as any of the writes
 * left it; a file has any of the lengths that it had; names that were made, changed or deleted and
 * not synced were so, or not. Syncing a file says nothing about its name, nor the other way round.
 *
 * <p>What is there when it begins counts as synced. Concurrent: one lock.
 */
final class PowerLossDisk implements Disk {
  private static final long SYNC_NANOS = 500_000;

  private final int blockSize;
  private final Map<Path, Node> names = new HashMap<>();
  private final Map<Path, Node> durableNames = new HashMap<>();
  private final List<NameChange> changes = new ArrayList<>();

  /** A file, whatever it is called. */
  private static final class Node {
    private byte[] durable = {};
    private final List<Integer> sizes = new ArrayList<>();
    private final Map<Integer, List<byte[]>> blocks = new TreeMap<>();
  }

  /** A name that was made (from is to), changed or deleted (to is from's empty). */
  private record NameChange(Path from, Path to, Node node, boolean gone) {}

  PowerLossDisk(Path base, int blockSize) throws IOException {
    this.blockSize = blockSize;
    try (var files = Files.walk(base)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Node node = new Node();
        node.durable = Files.readAllBytes(file);
        names.put(file, node);
        durableNames.put(file, node);
      }
    }
  }

  @Override
  public synchronized FileChannel open(Path file, OpenOption... options) throws IOException {
    boolean there = Files.exists(file);
    List<OpenOption> readable = new ArrayList<>(Arrays.asList(options));
    readable.add(StandardOpenOption.READ);
    FileChannel channel = FileChannel.open(file, readable.toArray(OpenOption[]::new));
    Node node = names.get(file);
    if (!there || node == null) {
      node = new Node();
      names.put(file, node);
      changes.add(new NameChange(file, file, node, false));
    } else if (Arrays.asList(options).contains(StandardOpenOption.TRUNCATE_EXISTING)) {
      node.sizes.add(0);
    }
    return new Channel(channel, node);
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    Disk.super.rename(from, to);
    Node node = Objects.requireNonNull(names.remove(from));
    names.put(to, node);
    changes.add(new NameChange(from, to, node, false));
  }

  @Override
  public synchronized void delete(Path file) throws IOException {
    Disk.super.delete(file);
    Node node = names.remove(file);
    if (node != null) {
      changes.add(new NameChange(file, file, node, true));
    }
  }

  @Override
  public synchronized void syncDirectory(Path directory) {
    List<NameChange> left = new ArrayList<>();
    for (NameChange change : changes) {
      if (directory.equals(change.to.getParent())) {
        apply(change, durableNames);
      } else {
        left.add(change);
      }
    }
    changes.clear();
    changes.addAll(left);
  }

  private static void apply(NameChange change, Map<Path, Node> to) {
    to.remove(change.from, change.node);
    if (!change.gone) {
      to.put(change.to, change.node);
    }
  }

  /** What is left if the power fails now, in a folder in the place of {@code base}. */
  synchronized void cut(Path base, Path into, Random random) throws IOException {
    Map<Path, Node> left = new HashMap<>(durableNames);
    int mode = random.nextInt(4);
    int kept = mode == 0 ? 0 : mode == 1 ? changes.size() : random.nextInt(changes.size() + 1);
    for (int i = 0; i < changes.size(); i++) {
      // some file systems keep the order of names, some do not
      if (mode == 3 ? random.nextBoolean() : i < kept) {
        apply(changes.get(i), left);
      }
    }
    int fate = random.nextInt(4);
    Files.createDirectories(into.resolve("journal"));
    for (Map.Entry<Path, Node> file : left.entrySet()) {
      Path target = into.resolve(base.relativize(file.getKey()).toString());
      Files.createDirectories(Objects.requireNonNull(target.getParent()));
      Files.write(target, content(file.getValue(), fate, random));
    }
  }

  private byte[] content(Node node, int fate, Random random) {
    int pick = pick(node.sizes.size(), fate, random);
    int size = pick < 0 ? node.durable.length : node.sizes.get(pick);
    byte[] content = Arrays.copyOf(node.durable, size);
    node.blocks.forEach(
        (block, versions) -> {
          int version = pick(versions.size(), fate, random);
          int at = block * blockSize;
          if (version >= 0 && at < size) {
            System.arraycopy(versions.get(version), 0, content, at, Math.min(blockSize, size - at));
          }
        });
    return content;
  }

  /** Which of the versions survives; -1: what was there before them. */
  private static int pick(int versions, int fate, Random random) {
    return switch (fate) {
      case 0 -> -1;
      case 1 -> versions - 1;
      default -> random.nextInt(versions + 1) - 1;
    };
  }

  private final class Channel extends WrappedChannel {
    private final Node node;

    Channel(FileChannel channel, Node node) {
      super(channel);
      this.node = node;
    }

    @Override
    public int write(ByteBuffer src, long position) throws IOException {
      synchronized (PowerLossDisk.this) {
        int written = channel.write(src, position);
        if (written > 0) {
          changed(position, position + written);
        }
        return written;
      }
    }

    private void changed(long from, long to) throws IOException {
      node.sizes.add((int) channel.size());
      for (long block = from / blockSize; block * blockSize < to; block++) {
        ByteBuffer content = ByteBuffer.allocate(blockSize);
        long at = block * blockSize;
        while (content.hasRemaining() && channel.read(content, at + content.position()) > 0) {
          // until the block or the file ends
        }
        node.blocks.computeIfAbsent((int) block, b -> new ArrayList<>()).add(content.array());
      }
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      synchronized (PowerLossDisk.this) {
        long before = channel.size();
        channel.truncate(size);
        if (size < before) {
          changed(size, before);
        }
        return this;
      }
    }

    @Override
    public void force(boolean metaData) throws IOException {
      LockSupport.parkNanos(SYNC_NANOS); // so that something is always on its way
      synchronized (PowerLossDisk.this) {
        ByteBuffer content = ByteBuffer.allocate((int) channel.size());
        SegmentReader.fill(channel, content, 0, content.capacity());
        node.durable = content.array();
        node.sizes.clear();
        node.blocks.clear();
      }
    }
  }
}
