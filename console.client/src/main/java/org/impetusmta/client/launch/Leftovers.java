package org.impetusmta.client.launch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;

/**
 * The cache of a server that ran as another user. That user may have put links there, which must
 * not lead root elsewhere: it is emptied from folder to folder by open descriptors. One's own cache
 * the framework cleans. Stateless.
 */
final class Leftovers {
  private Leftovers() {}

  /**
   * Removes the folder if it is another user's.
   *
   * @throws IOException when a server uses it
   */
  static void remove(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        || Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).getName().equals(userName())) {
      return;
    }
    Path lock = folder.resolve("cache.lock");
    if (Files.exists(lock, LinkOption.NOFOLLOW_LINKS)) {
      try (FileChannel held =
          FileChannel.open(lock, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
        if (held.tryLock() == null) {
          throw new IOException(
              "a server with this configuration runs: it uses " + folder.toAbsolutePath());
        }
      }
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      if (entries instanceof SecureDirectoryStream<Path> secure) {
        empty(secure);
      }
    }
    Files.deleteIfExists(folder);
  }

  private static String userName() {
    return System.getProperty("user.name", "");
  }

  private static void empty(SecureDirectoryStream<Path> folder) throws IOException {
    for (Path entry : folder) {
      Path name = entry.getFileName();
      boolean inner =
          folder
              .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .readAttributes()
              .isDirectory();
      if (inner) {
        try (SecureDirectoryStream<Path> below =
            folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
          empty(below);
        }
        folder.deleteDirectory(name);
      } else {
        folder.deleteFile(name);
      }
    }
  }
}
