package org.impetusmta.module.persist_io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.io.IoUri;

/**
 * The copies on disk: one file for each URI, named for it and for its SHA-256, with the octets and
 * nothing else. A copy takes the place of the former by a rename after its octets are durable, so a
 * crash leaves one or the other. The password is no part of the name. Concurrent.
 */
final class Copies {
  private static final int LONGEST_READABLE = 100;

  private static final Set<PosixFilePermission> OWNER_ALONE =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private final Path folder;
  private final int folderMode;
  private final int fileMode;

  Copies(Path folder, int folderMode, int fileMode) {
    this.folder = folder;
    this.folderMode = folderMode;
    this.fileMode = fileMode;
  }

  Path folder() {
    return folder;
  }

  /** The file of a URI's copy. */
  Path file(IoUri uri) {
    String name = uri.toString();
    String readable = name.replaceAll("[^A-Za-z0-9.-]+", "_");
    return folder.resolve(
        readable.substring(Math.max(0, readable.length() - LONGEST_READABLE))
            + "-"
            + HexFormat.of().formatHex(sha256(name), 0, 8));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The copy of a URI, if there is one. */
  Optional<byte[]> find(IoUri uri, long largest) throws IOException {
    Path file = file(uri);
    try {
      if (Files.size(file) > largest) {
        throw new IOException(file + " is larger than " + largest + " octets");
      }
      return Optional.of(Files.readAllBytes(file));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  /** When the copy was read from where it comes from. */
  Instant made(IoUri uri) throws IOException {
    return Files.getLastModifiedTime(file(uri)).toInstant().truncatedTo(ChronoUnit.SECONDS);
  }

  /** Makes these octets the copy. */
  synchronized void keep(IoUri uri, byte[] octets) throws IOException {
    makeFolder();
    Path file = file(uri);
    Path next = folder.resolve("." + file.getFileName() + ".new");
    Files.deleteIfExists(next);
    Files.createFile(next, PosixFilePermissions.asFileAttribute(OWNER_ALONE));
    try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(octets);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      Files.setPosixFilePermissions(next, permissions(fileMode));
      channel.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  private void makeFolder() throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(permissions(0700)));
    Files.setPosixFilePermissions(folder, permissions(folderMode));
  }

  /** The permissions of a mode as chmod takes it. */
  static Set<PosixFilePermission> permissions(int mode) {
    // the constants are in the order of the bits, the highest first
    PosixFilePermission[] all = PosixFilePermission.values();
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < all.length; i++) {
      if ((mode & (1 << (all.length - 1 - i))) != 0) {
        set.add(all[i]);
      }
    }
    return set;
  }
}
