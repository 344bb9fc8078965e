package org.impetusmta.listener.control;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The user of the operating system at the other end of a Unix domain socket, as the kernel says it
 * (SO_PEERCRED); known with epoll only. Stateless.
 */
final class SystemUser {
  private static final Logger LOG = LoggerFactory.getLogger(SystemUser.class);
  private static final Path USERS = Path.of("/etc/passwd");

  private SystemUser() {}

  /** Its number. */
  static Optional<Integer> of(Channel channel) {
    if (channel instanceof EpollDomainSocketChannel unix) {
      try {
        return Optional.of(unix.peerCredentials().uid());
      } catch (IOException e) {
        LOG.debug("the peer is gone", e);
      }
    }
    return Optional.empty();
  }

  /** Its name, or else the number. Blocks. */
  static String name(int uid) {
    return name(uid, USERS).orElse(Integer.toString(uid));
  }

  private static Optional<String> name(int uid, Path users) {
    try (Stream<String> lines = Files.lines(users, StandardCharsets.ISO_8859_1)) {
      String number = Integer.toUnsignedString(uid);
      return lines
          .map(line -> line.split(":", -1))
          .filter(fields -> fields.length > 2 && fields[2].equals(number))
          .map(fields -> fields[0])
          .findFirst();
    } catch (IOException e) {
      LOG.debug("{} cannot be read", users, e);
      return Optional.empty();
    }
  }
}
