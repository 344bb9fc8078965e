package org.impetusmta.module.pipe_transport;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * content, so it may read what it likes; its environment is PATH and LANG, its folder the root. Of
 * its error output {@value #MOST_ERRORS} octets are kept, and the first {@value #LOGGED} are
 * logged, escaped. When its time is over it is killed with all that it started. Concurrent.
 */
final class Program {
  private static final Logger LOG = LoggerFactory.getLogger(Program.class);
  private static final int MOST_ERRORS = 64 << 10;
  private static final int LOGGED = 400;

  /** How it ended. */
  sealed interface End {}

  record Exited(int status) implements End {}

  record TimedOut() implements End {}

  record NotStarted() implements End {}

  private final File output;
  private final File errors;
  private final Duration timeout;
  private final Set<Process> running = ConcurrentHashMap.newKeySet();

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
    Path said = null;
    try {
      input = Files.createTempFile("pipe_transport", ".in");
      said = Files.createTempFile("pipe_transport", ".err");
      try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(input))) {
        Content.write(body, to);
      }
      return run(id, command, input, said);
    } catch (IOException e) {
      LOG.error("message {}: {} cannot be run: {}", id, command.getFirst(), e.toString());
      return new NotStarted();
    } finally {
      delete(input);
      delete(said);
    }
  }

  private End run(String id, List<String> command, Path input, Path said) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(new File("/"));
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
    builder.environment().put("LANG", "C");
    builder
        .redirectInput(input.toFile())
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output))
        // a file, not a pipe: whoever the program leaves behind cannot keep us waiting
        .redirectError(said.toFile());
    Process process = builder.start();
    running.add(process);
    try {
      boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
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
      kill(process);
      running.remove(process);
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

  private static void kill(Process process) {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
  }

  void killAll() {
    running.forEach(Program::kill);
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
