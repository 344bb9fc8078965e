package org.impetusmta.module.pipe_transport;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Content;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a program for a message and waits for its end. Its standard input is a file with the
 * content, so it may read what it likes; its environment is PATH, LANG and a mark, its folder the
 * root. Of its output {@value #MOST_OUTPUT} octets are kept, of its error output {@value
 * #MOST_ERRORS}, and the first {@value #LOGGED} of that are logged, escaped. When it ends, or its
 * time is over, all that it started and left behind is killed. Concurrent.
 */
final class Program {
  private static final Logger LOG = LoggerFactory.getLogger(Program.class);
  private static final int MOST_OUTPUT = 1 << 20;
  private static final int MOST_ERRORS = 64 << 10;
  private static final File NOWHERE = new File("/dev/null");

  /** How often it is looked what a program that runs has written. */
  private static final long LOOK_MILLIS = 100;

  private static final int LOGGED = 400;

  /** How it ended. */
  sealed interface End {}

  record Exited(int status) implements End {}

  record TimedOut() implements End {}

  record NotStarted() implements End {}

  private final File output;
  private final File errors;
  private final Duration timeout;
  private final Set<Running> running = ConcurrentHashMap.newKeySet();

  Program(String output, String errors, Duration timeout) {
    this.output = new File(output);
    this.errors = new File(errors);
    this.timeout = timeout;
  }

  /**
   * @param id of the message, for the log
   */
  End run(String id, List<String> command, Body body) {
    Path input = null;
    Path wrote = null;
    Path said = null;
    try {
      input = Files.createTempFile("pipe_transport", ".in");
      wrote = Files.createTempFile("pipe_transport", ".out");
      said = Files.createTempFile("pipe_transport", ".err");
      try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(input))) {
        Content.write(body, to);
      }
      return run(id, command, input, wrote, said);
    } catch (IOException e) {
      LOG.error("message {}: {} cannot be run: {}", id, command.getFirst(), e.toString());
      return new NotStarted();
    } finally {
      delete(input);
      delete(wrote);
      delete(said);
    }
  }

  private End run(String id, List<String> command, Path input, Path wrote, Path said)
      throws IOException {
    LeftBehind leftBehind = new LeftBehind();
    ProcessBuilder builder = new ProcessBuilder(command).directory(new File("/"));
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
    builder.environment().put("LANG", "C");
    builder.environment().put(LeftBehind.VARIABLE, leftBehind.mark());
    builder
        .redirectInput(input.toFile())
        // files, not pipes: whoever the program leaves behind cannot keep us waiting; appended to,
        // so that they can be cut while it writes
        .redirectOutput(
            output.equals(NOWHERE)
                ? ProcessBuilder.Redirect.DISCARD
                : ProcessBuilder.Redirect.appendTo(wrote.toFile()))
        .redirectError(ProcessBuilder.Redirect.appendTo(said.toFile()));
    Process process = builder.start();
    Running run = new Running(process, leftBehind);
    running.add(run);
    try {
      boolean ended = await(process, wrote, said);
      run.kill();
      keepOutput(id, command.getFirst(), wrote);
      errors(id, command.getFirst(), said);
      if (ended) {
        return new Exited(process.exitValue());
      }
      LOG.warn("message {}: {} is killed after {}", id, command.getFirst(), timeout);
      return new TimedOut();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new TimedOut();
    } finally {
      run.kill();
      running.remove(run);
    }
  }

  /** Waits for the end, while what is written stays below its limits; false: it takes too long. */
  private boolean await(Process process, Path wrote, Path said)
      throws InterruptedException, IOException {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (process.waitFor(Math.clamp(left, 1, LOOK_MILLIS), TimeUnit.MILLISECONDS)) {
        return true;
      }
      if (left <= 0) {
        return false;
      }
      cut(wrote, MOST_OUTPUT);
      cut(said, MOST_ERRORS);
    }
  }

  /** Leaves one octet more than is kept, by which it is known that there was more. */
  private static void cut(Path file, int most) throws IOException {
    if (Files.size(file) > most) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(most + 1L);
      }
    }
  }

  /** A program that runs and all that it has started. */
  private record Running(Process process, LeftBehind leftBehind) {
    void kill() {
      List<ProcessHandle> descendants = process.descendants().toList();
      process.destroyForcibly();
      descendants.forEach(ProcessHandle::destroyForcibly);
      leftBehind.kill();
    }
  }

  /** Keeps what it wrote. That it cannot be kept changes nothing of how the program ended. */
  private void keepOutput(String id, String program, Path wrote) {
    try {
      byte[] kept;
      boolean more;
      try (InputStream from = Files.newInputStream(wrote)) {
        kept = from.readNBytes(MOST_OUTPUT);
        more = from.read() >= 0;
      }
      if (kept.length > 0) {
        try (OutputStream to = new FileOutputStream(output, true)) {
          to.write(kept);
        }
      }
      if (more) {
        LOG.warn("message {}: of what {} wrote {} octets are kept", id, program, MOST_OUTPUT);
      }
    } catch (IOException e) {
      LOG.error("message {}: what {} wrote cannot be kept: {}", id, program, e.toString());
    }
  }

  /** Keeps what it said. That it cannot be kept changes nothing of how the program ended. */
  private void errors(String id, String program, Path said) {
    try {
      byte[] kept;
      try (InputStream from = Files.newInputStream(said)) {
        kept = from.readNBytes(MOST_ERRORS);
      }
      if (kept.length > 0) {
        LOG.warn("message {}: {} says: {}", id, program, escaped(kept));
        try (OutputStream to = new FileOutputStream(errors, true)) {
          to.write(kept);
        }
      }
    } catch (IOException e) {
      LOG.error("message {}: what {} said cannot be kept: {}", id, program, e.toString());
    }
  }

  void killAll() {
    running.forEach(Running::kill);
  }

  /** What a program said, in printable ASCII on one line. */
  static String escaped(byte[] said) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < said.length && i < LOGGED; i++) {
      int octet = said[i] & 0xFF;
      if (octet >= ' ' && octet <= '~' && octet != '\\') {
        text.append((char) octet);
      } else {
        text.append("\\x").append(Character.forDigit(octet >> 4, 16));
        text.append(Character.forDigit(octet & 15, 16));
      }
    }
    return said.length > LOGGED ? text.append("...").toString() : text.toString();
  }

  private static void delete(@Nullable Path input) {
    if (input != null) {
      try {
        Files.deleteIfExists(input);
      } catch (IOException e) {
        LOG.warn("{} stays behind: {}", input, e.toString());
      }
    }
  }
}
