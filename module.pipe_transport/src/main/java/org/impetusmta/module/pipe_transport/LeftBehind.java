package org.impetusmta.module.pipe_transport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds what a program has started, also where that has left its parent and its session: all of it
 * inherits a mark in the environment, which Linux shows in {@code /proc/PID/environ}. A process
 * that takes the mark out is not found. Immutable.
 */
final class LeftBehind {
  /** The variable that holds the mark. */
  static final String VARIABLE = "IMPETUS_PIPE_TRANSPORT";

  private static final Path PROC = Path.of("/proc");
  private static final int LONGEST_ENVIRONMENT = 1 << 20;

  /** A process that is forked while the others are killed is found in the next round. */
  private static final int ROUNDS = 10;

  private final String mark;

  LeftBehind() {
    byte[] random = new byte[16];
    ThreadLocalRandom.current().nextBytes(random);
    mark = HexFormat.of().formatHex(random);
  }

  /** The value of {@link #VARIABLE} that a program of one message gets. */
  String mark() {
    return mark;
  }

  /** Kills all that has the mark and says how many there were. Blocks for milliseconds. */
  int kill() {
    int killed = 0;
    for (int round = 0; round < ROUNDS; round++) {
      int found = killOnce();
      killed += found;
      if (found == 0) {
        break;
      }
    }
    return killed;
  }

  private int killOnce() {
    int killed = 0;
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        // the handle first: a process that has its number later is another one to it
        Optional<ProcessHandle> handle =
            ProcessHandle.of(Long.parseLong(process.getFileName().toString()));
        if (handle.isPresent() && isMarked(process) && handle.get().destroyForcibly()) {
          killed++;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return killed; // no Linux: what is known to be a descendant is killed all the same
    }
    return killed;
  }

  private boolean isMarked(Path process) {
    try (InputStream in = Files.newInputStream(process.resolve("environ"))) {
      String environment =
          new String(in.readNBytes(LONGEST_ENVIRONMENT), StandardCharsets.ISO_8859_1);
      return environment.contains(VARIABLE + "=" + mark);
    } catch (IOException e) {
      return false; // somebody else's, or gone
    }
  }
}
