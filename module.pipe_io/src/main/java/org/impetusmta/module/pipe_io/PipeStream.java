package org.impetusmta.module.pipe_io;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that reads what is written, each write at once. Where it ended, it is started again
 * once, after a pause, and gets the write that it missed; what was in the pipe is lost. Where that
 * fails too, the server ends and the write is an error, or, if the URI says so, this write and all
 * that follow are dropped. Blocks while the program is slower than its writer. Thread-safety:
 * single.
 */
final class PipeStream extends OutputStream {
  private static final Logger LOG = LoggerFactory.getLogger(PipeStream.class);
  private static final long KILL_SECONDS = 1;

  private final PipeUri uri;
  private final PipeIo.Options options;
  private final Runnable shutdown;
  private final Runnable backOff;
  private Process program;
  private boolean dropping;

  /**
   * Starts the program.
   *
   * @throws IOException where it cannot be started
   */
  PipeStream(PipeUri uri, PipeIo.Options options, Runnable shutdown, Runnable backOff)
      throws IOException {
    this.uri = uri;
    this.options = options;
    this.shutdown = shutdown;
    this.backOff = backOff;
    this.program = start(uri, options);
  }

  private static Process start(PipeUri uri, PipeIo.Options options) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(uri.command());
    if (uri.clearEnvironment()) {
      builder.environment().clear();
    }
    builder.environment().putAll(uri.environment());
    builder.redirectOutput(target(options.outputFile(), options.outputMode()));
    builder.redirectError(target(options.errorFile(), options.errorMode()));
    return builder.start();
  }

  private static Redirect target(Optional<String> file, int mode) throws IOException {
    if (file.isEmpty()) {
      return Redirect.DISCARD;
    }
    Path path = Path.of(file.get());
    try {
      Files.createFile(path, PosixFilePermissions.asFileAttribute(permissions(mode)));
    } catch (FileAlreadyExistsException there) {
      // written behind what is in it
    }
    return Redirect.appendTo(new File(file.get()));
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    int bit = 0400;
    // the constants stand in the order of the bits, from 0400 to 0001
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      if ((mode & bit) != 0) {
        set.add(permission);
      }
      bit >>= 1;
    }
    return set;
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] octets, int offset, int length) throws IOException {
    if (dropping) {
      return;
    }
    try {
      pass(octets, offset, length);
    } catch (IOException e) {
      LOG.warn("{} ended unexpectedly: {}", uri, how(e));
      if (!uri.reinvoke()) {
        failed(e);
        return;
      }
      try {
        end(0);
        backOff.run();
        program = start(uri, options);
        pass(octets, offset, length);
        LOG.info("{} was started again", uri);
      } catch (IOException again) {
        LOG.error("{} was started again in vain: {}", uri, how(again));
        failed(again);
      }
    }
  }

  private void pass(byte[] octets, int offset, int length) throws IOException {
    OutputStream pipe = program.getOutputStream();
    pipe.write(octets, offset, length);
    pipe.flush();
  }

  private String how(IOException e) {
    return program.isAlive() ? String.valueOf(e.getMessage()) : "status " + program.exitValue();
  }

  private void failed(IOException cause) throws IOException {
    if (uri.shutdownOnFailure()) {
      LOG.error("{} failed: shutting down, as its URI says", uri);
      shutdown.run();
      throw new IOException(uri + " ended: " + cause.getMessage(), cause);
    }
    LOG.error("{} failed: what is written to it is lost until logs are reopened", uri);
    dropping = true;
  }

  @Override
  public void close() throws IOException {
    end(options.timeout().toSeconds());
  }

  /** Closes the pipe; a program that does not end by itself is ended. */
  private void end(long seconds) {
    try {
      program.getOutputStream().close();
    } catch (IOException e) {
      LOG.debug("{}: {}", uri, e.getMessage()); // it reads no more: it ended
    }
    try {
      if (!program.waitFor(seconds, TimeUnit.SECONDS)) {
        LOG.warn("{} did not end within {} s; terminating it", uri, seconds);
        program.destroy();
        if (!program.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
          program.destroyForcibly();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      program.destroyForcibly();
    }
  }
}
