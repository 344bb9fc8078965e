package org.impetusmta.credentials;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/**
 * Files that only their owner may read. Root makes them for whom the folder belongs to: the user
 * that the server runs as. Stateless.
 */
final class OwnFile {
  static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private OwnFile() {}

  /** Puts other content in a file's place in one step; it is on the disk when this returns. */
  static void replace(Path given, List<String> lines) throws IOException {
    Path target = Files.exists(given) ? given.toRealPath() : given;
    Path folder = target.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException("there is no folder " + folder);
    }
    Path next = Files.createTempFile(folder, ".credmgr", "", PRIVATE);
    try {
      Files.write(next, lines, StandardCharsets.UTF_8);
      giveTo(Files.exists(target) ? target : folder, next);
      try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    } finally {
      Files.deleteIfExists(next);
    }
  }

  private static void giveTo(Path like, Path file) throws IOException {
    PosixFileAttributes had = Files.readAttributes(like, PosixFileAttributes.class);
    PosixFileAttributeView view =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    PosixFileAttributes has = view.readAttributes();
    boolean root = has.owner().getName().equals("root");
    if (!has.owner().equals(had.owner()) && (root || !Files.isDirectory(like))) {
      view.setOwner(had.owner());
    }
  }
}
