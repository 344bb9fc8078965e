package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A disk that forgets what was not synced when the power goes: octets of files that were not
 * forced, and every change of a name whose folder was not synced after it. Before that it can stop
 * at an operation, as the machine does. Thread-safety: none.
 */
final class LossyDisk implements HashedDisk {
  private final Path kept;
  private int operations;
  private int stopAt = Integer.MAX_VALUE;
  private int copies;

  /** Files whose octets were not forced. */
  private final Set<Object> unforced = new HashSet<>();

  /** Changes of names, oldest first. */
  private final List<Change> changes = new ArrayList<>();

  /** A change of a name, and how it is taken back. */
  private record Change(Path folder, Undo undo) {}

  private interface Undo {
    void run() throws IOException;
  }

  /**
   * @param kept a folder for what was removed and may come back
   */
  LossyDisk(Path kept) throws IOException {
    this.kept = Files.createDirectories(kept);
  }

  void stopAt(int operation) {
    operations = 0;
    stopAt = operation;
  }

  boolean stopped() {
    return operations >= stopAt;
  }

  private void step() throws IOException {
    if (++operations >= stopAt) {
      throw new IOException("Input/output error");
    }
  }

  private void changed(Path file, Undo undo) {
    Path folder = file.getParent();
    if (folder != null) {
      changes.add(new Change(folder, undo));
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.getAttribute(file, "unix:ino");
  }

  /** The power is gone. */
  void loseWhatWasNotSynced() throws IOException {
    Set<Path> cut = new HashSet<>();
    for (Change change : changes.reversed()) {
      change.undo.run();
      cut.add(change.folder);
    }
    for (Path folder : cut) {
      if (Files.isDirectory(folder)) {
        try (var files = Files.newDirectoryStream(folder)) {
          for (Path file : files) {
            if (Files.isRegularFile(file) && unforced.contains(key(file))) {
              halve(file);
            }
          }
        }
      }
    }
  }

  private static void halve(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
    }
  }

  @Override
  public NewFile create(Path file, Set<PosixFilePermission> mode) throws IOException {
    step();
    NewFile made = HashedDisk.super.create(file, mode);
    Object key = key(file);
    unforced.add(key);
    changed(file, () -> Files.deleteIfExists(file));
    return new NewFile() {
      @Override
      public void write(byte[] octets, int length) throws IOException {
        step();
        made.write(octets, length);
      }

      @Override
      public void force() throws IOException {
        step();
        unforced.remove(key);
      }

      @Override
      public void close() throws IOException {
        made.close();
      }
    };
  }

  @Override
  public void link(Path file, Path name) throws IOException {
    step();
    HashedDisk.super.link(file, name);
    changed(name, () -> Files.deleteIfExists(name));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    step();
    Path former = kept.resolve("former" + copies++);
    boolean there = Files.exists(to);
    if (there) {
      Files.createLink(former, to);
    }
    HashedDisk.super.rename(from, to);
    changed(
        to,
        () -> {
          Files.move(to, from);
          if (there) {
            Files.createLink(to, former);
          }
        });
  }

  @Override
  public boolean delete(Path file) throws IOException {
    step();
    if (!Files.isRegularFile(file)) {
      return HashedDisk.super.delete(file);
    }
    Path copy = kept.resolve("removed" + copies++);
    Files.createLink(copy, file);
    changed(file, () -> Files.createLink(file, copy));
    return HashedDisk.super.delete(file);
  }

  @Override
  public void makeFolder(Path folder, Set<PosixFilePermission> mode) throws IOException {
    step();
    if (!Files.isDirectory(folder)) {
      HashedDisk.super.makeFolder(folder, mode);
      changed(folder, () -> Files.deleteIfExists(folder));
    }
  }

  @Override
  public void syncFolder(Path folder) throws IOException {
    step();
    changes.removeIf(change -> change.folder.equals(folder));
  }
}
