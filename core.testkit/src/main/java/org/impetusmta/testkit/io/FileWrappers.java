package org.impetusmta.testkit.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.io.IoWrappers;

/**
 * The I/O wrappers of a test: {@code file://}, and what is {@linkplain #add added}. No limit but
 * that of the wrappers themselves is in force. Concurrent.
 */
public final class FileWrappers implements IoWrappers {
  private final Map<String, IoWrapper> wrappers = new ConcurrentHashMap<>();

  /** Makes a wrapper known. */
  public void add(String scheme, IoWrapper wrapper) {
    wrappers.put(scheme, wrapper);
  }

  /** Forgets a wrapper, as if its module could not be loaded. */
  public void remove(String scheme) {
    wrappers.remove(scheme);
  }

  private IoWrapper wrapper(String scheme) throws IOException {
    IoWrapper wrapper = wrappers.get(scheme);
    if (wrapper == null) {
      throw new IOException("there is no wrapper for " + scheme + "://");
    }
    return wrapper;
  }

  @Override
  public InputStream read(IoUri uri, IoLimits limits) throws IOException {
    if (!uri.scheme().equals("file")) {
      return wrapper(uri.scheme()).read(uri, limits);
    }
    Path file = Path.of(uri.rest());
    if (Files.size(file) > limits.octets()) {
      throw new IOException("found more than " + limits.octets() + " octets");
    }
    return Files.newInputStream(file);
  }

  @Override
  public OutputStream write(IoUri uri, boolean append) throws IOException {
    return uri.scheme().equals("file")
        ? Files.newOutputStream(
            Path.of(uri.rest()),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)
        : wrapper(uri.scheme()).write(uri, append);
  }

  @Override
  public InputStream decode(String scheme, InputStream in) throws IOException {
    return wrapper(scheme).decode(in);
  }

  @Override
  public OutputStream encode(String scheme, OutputStream out) throws IOException {
    return wrapper(scheme).encode(out);
  }

  @Override
  public Set<String> schemes() {
    return Set.copyOf(wrappers.keySet());
  }
}
