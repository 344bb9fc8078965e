package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.SpoolFolder;
import org.impetusmta.spool.journal.EnvelopeCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the engine and what of them is durable. A folder's name is durable before a file in
 * it counts. Concurrent.
 */
final class HashedFiles {
  private static final Logger LOG = LoggerFactory.getLogger(HashedFiles.class);

  private final Path base;
  private final HashedDisk disk;
  private final HashedLayout layout;
  private final HashedSettings settings;
  private final HashedFigures figures;
  private final Set<PosixFilePermission> fileMode;
  private final Set<PosixFilePermission> folderMode;

  /** First and second level folders that this process made sure of. */
  private final Set<Integer> known = ConcurrentHashMap.newKeySet();

  /** Folders in which a name changed that no sync covers. */
  private final Set<Integer> dirty = ConcurrentHashMap.newKeySet();

  HashedFiles(Path base, HashedDisk disk, HashedSettings settings, HashedFigures figures)
      throws IOException {
    this.base = base;
    this.disk = disk;
    this.layout = new HashedLayout(base);
    this.settings = settings;
    this.figures = figures;
    this.fileMode = SpoolFolder.permissions(settings.fileMode());
    this.folderMode = SpoolFolder.folderPermissions(settings.fileMode());
    SpoolFolder.make(base, settings.fileMode());
    SpoolFolder.make(layout.root(), settings.fileMode());
    disk.syncFolder(base);
  }

  HashedLayout layout() {
    return layout;
  }

  HashedDisk disk() {
    return disk;
  }

  boolean force() {
    return settings.forceFsync().getAsBoolean();
  }

  /** Makes sure of the folder of that number. */
  void ensure(int leaf) throws IOException {
    if (known.contains(leaf)) {
      return;
    }
    synchronized (known) {
      Path folder = layout.folder(leaf);
      Path above = folder.getParent();
      if (above != null) {
        make(above, layout.root());
        make(folder, above);
      }
      known.add(leaf);
    }
  }

  private void make(Path folder, Path in) throws IOException {
    boolean there = Files.isDirectory(folder);
    disk.makeFolder(folder, folderMode);
    try {
      sync(in);
    } catch (IOException e) {
      // what a failed sync did not write is not written by the next one: it is made anew
      if (!there) {
        removeQuietly(folder);
      }
      throw e;
    }
  }

  HashedDisk.NewFile create(Path file) throws IOException {
    return disk.create(file, fileMode);
  }

  private void sync(Path folder) throws IOException {
    disk.syncFolder(folder);
    figures.syncs.increment();
  }

  /** Makes the names in a folder durable. */
  void sync(int leaf) throws IOException {
    dirty.remove(leaf);
    sync(layout.folder(leaf));
  }

  /** A name in that folder changed; nobody waits for it. */
  void changed(int leaf) {
    dirty.add(leaf);
  }

  /** Up to {@code most} folders in which something changed. */
  List<Integer> dirty(int most) {
    return dirty.stream().limit(most).toList();
  }

  /** Syncs every folder in which something changed before. */
  void syncDirty() throws IOException {
    for (int leaf : List.copyOf(dirty)) {
      sync(leaf);
    }
  }

  /**
   * Reads the metadata of a message.
   *
   * @throws NoSuchFileException when there is none
   * @throws SpoolException when it is damaged; names the file
   */
  MetaFile meta(MessageId id, EnvelopeCodec codec) throws IOException {
    return MetaFile.read(layout.file(id, HashedLayout.META), id, codec);
  }

  /** Writes metadata to the file that a rename puts in place; durable if it is to be. */
  Path writeMeta(MetaFile meta, boolean force) throws IOException {
    MessageId id = meta.envelope().id();
    Path fresh = layout.file(id, HashedLayout.NEW);
    disk.delete(fresh);
    byte[] octets = meta.encode();
    boolean written = false;
    try (HashedDisk.NewFile file = create(fresh)) {
      file.write(octets, octets.length);
      if (force) {
        file.force();
        figures.syncs.increment();
      }
      written = true;
    } finally {
      if (!written) {
        removeQuietly(fresh);
      }
    }
    figures.bytesWritten.add(octets.length);
    return fresh;
  }

  /** Removes a file that does not count; what stays is set aside after the next start. */
  void removeQuietly(Path file) {
    try {
      disk.delete(file);
    } catch (IOException e) {
      LOG.warn("cannot remove {}, which is left of a write that failed", file, e);
    }
  }

  /** Puts a file into {@code damaged/}, under a name that nothing has there. */
  Path setAside(Path file) throws IOException {
    Path damaged = base.resolve("damaged");
    SpoolFolder.make(damaged, settings.fileMode());
    String name = file.getFileName().toString();
    Path to = damaged.resolve(name);
    for (int i = 1; Files.exists(to); i++) {
      to = damaged.resolve(name + "." + i);
    }
    disk.rename(file, to);
    disk.syncFolder(damaged);
    return to;
  }
}
