package org.impetusmta.core.module;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;

/**
 * {@code file://}: regular files of this machine; devices and pipes are refused, for they may block
 * forever. Readers see a file while it is written. Read-only.
 */
final class FileIo implements IoWrapper {
  @Override
  public InputStream read(IoUri uri, IoLimits limits) throws IOException {
    Path file = path(uri);
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw new IOException("found no regular file");
      }
      return Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new IOException("permission denied", e);
    }
  }

  @Override
  public OutputStream write(IoUri uri, boolean append) throws IOException {
    Path file = path(uri);
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException("found no regular file");
    }
    return Files.newOutputStream(
        file,
        StandardOpenOption.CREATE,
        append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private static Path path(IoUri uri) throws IOException {
    try {
      return Path.of(uri.rest());
    } catch (InvalidPathException e) {
      throw new IOException("found no file name", e);
    }
  }
}
