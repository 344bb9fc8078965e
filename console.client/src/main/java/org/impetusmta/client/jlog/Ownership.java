package org.impetusmta.client.jlog;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Warns of files of a journal that belong to another user or group than its folder: whoever writes
 * it may fail to read what root left there. Single.
 */
final class Ownership {
  private final PrintStream err;

  Ownership(PrintStream err) {
    this.err = err;
  }

  void check(Path folder) throws IOException {
    String expected = owner(folder);
    boolean differs = false;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String found;
        try {
          found = owner(file);
        } catch (NoSuchFileException e) {
          continue; // deleted meanwhile
        }
        if (!found.equals(expected)) {
          differs = true;
          err.printf(
              "%s owner/group [%s] doesn't match jlog [%s]%n", file.getFileName(), found, expected);
        }
      }
    }
    if (differs) {
      err.println();
      err.println("A permissions mismatch can cause these to fail later");
    }
  }

  private static String owner(Path file) throws IOException {
    return Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)
        + "/"
        + Files.getAttribute(file, "unix:gid", LinkOption.NOFOLLOW_LINKS);
  }
}
