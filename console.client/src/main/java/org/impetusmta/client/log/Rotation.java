package org.impetusmta.client.log;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One log and its old files {@code LOG.1} to {@code LOG.N}, the highest number the oldest, each
 * with the suffix of what compressed it or none. Thread-safety: single.
 */
final class Rotation {
  private final Path log;
  private final Pattern old;

  Rotation(Path log) {
    this.log = log.toAbsolutePath();
    this.old =
        Pattern.compile(
            Pattern.quote(String.valueOf(this.log.getFileName()))
                + "\\.(?<number>[1-9]\\d{0,8})(?<suffix>\\.(?:bz2|gz|xz|zst))?");
  }

  /** An old file of the log. */
  private record Old(Path file, int number, String suffix) {}

  private List<Old> oldOnes() throws IOException {
    List<Old> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder())) {
      for (Path file : files) {
        Matcher name = old.matcher(String.valueOf(file.getFileName()));
        if (name.matches()) {
          String suffix = name.group("suffix");
          found.add(
              new Old(file, Integer.parseInt(name.group("number")), suffix == null ? "" : suffix));
        }
      }
    }
    found.sort(Comparator.comparingInt(Old::number).reversed());
    return found;
  }

  private Path folder() {
    Path folder = log.getParent();
    return folder == null ? log : folder;
  }

  /** Whether there is anything to rotate. */
  boolean isThere() {
    return Files.isRegularFile(log);
  }

  /**
   * Counts every old file up, deletes those above the retention, and makes the log {@code LOG.1}.
   */
  void rotate(int retention) throws IOException {
    for (Old file : oldOnes()) {
      if (file.number() >= retention) {
        Files.delete(file.file());
      } else {
        Path next = log.resolveSibling(name(file.number() + 1) + file.suffix());
        Files.move(file.file(), next, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    Files.move(log, log.resolveSibling(name(1)), StandardCopyOption.ATOMIC_MOVE);
  }

  private String name(int number) {
    return log.getFileName() + "." + number;
  }

  /** Old files that nothing compressed yet. */
  List<Path> uncompressed() throws IOException {
    return oldOnes().stream().filter(file -> file.suffix().isEmpty()).map(Old::file).toList();
  }

  @Override
  public String toString() {
    return log.toString();
  }
}
