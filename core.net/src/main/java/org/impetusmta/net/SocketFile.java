package org.impetusmta.net;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.impetusmta.api.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a Unix domain socket. A server that died leaves one behind: it is replaced, after a
 * connection to it was refused. One that somebody answers on, or that is no socket, is left alone.
 * Concurrent; may block.
 */
final class SocketFile {
  private static final Logger LOG = LoggerFactory.getLogger(SocketFile.class);

  private final Path path;
  private final Object key;

  private SocketFile(Path path, Object key) {
    this.path = path;
    this.key = key;
  }

  /**
   * Makes room for a socket: its folder exists and nothing stands at its path.
   *
   * @param where what the message begins with
   */
  static void clear(Path path, String where) throws ConfigException {
    try {
      Path folder = path.getParent();
      if (folder != null && !Files.isDirectory(folder)) {
        Files.createDirectories(folder);
      }
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        return;
      }
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isOther()) {
        throw new ConfigException(where + ": " + path + " exists and is no socket");
      }
      if (answers(path)) {
        throw new ConfigException(where + ": a running server listens on " + path);
      }
      LOG.info("replacing {}, which a server that is gone left behind", path);
      Files.delete(path);
    } catch (IOException e) {
      throw new ConfigException(where + ": " + e, e);
    }
  }

  private static boolean answers(Path path) {
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return probe.isConnected();
    } catch (IOException e) {
      LOG.debug("nobody answers on {}", path, e);
      return false;
    }
  }

  /** The file of a socket that was just bound to {@code path}. */
  static SocketFile of(Path path) throws IOException {
    return new SocketFile(path, key(path));
  }

  private static Object key(Path path) throws IOException {
    Object key =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
    return key == null ? path : key;
  }

  /** Sets the permission bits. */
  void mode(int mode) throws IOException {
    StringBuilder symbolic = new StringBuilder();
    for (int i = 0; i < 9; i++) {
      symbolic.append((mode & (0400 >> i)) != 0 ? "rwx".charAt(i % 3) : '-');
    }
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(symbolic.toString()));
  }

  /** Removes the file, if it is still the one that was bound. */
  void remove() {
    try {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && key(path).equals(key)) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      LOG.warn("{} cannot be removed", path, e);
    }
  }
}
