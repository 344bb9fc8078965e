package org.impetusmta.module.maildir;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Content;
import org.impetusmta.api.message.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mailboxes below one folder. A message is written to {@code tmp}, synced, renamed to {@code
 * new}, and that folder synced. Its name is made of the time and id of its reception and of this
 * host: the same message, delivered once more after a crash, replaces itself. Lines end in LF,
 * Return-Path and Delivered-To are put in front (RFC 5321 section 4.4). Concurrent.
 *
 * <p>A mailbox's name is the local part in lower case. It is one component of a path, so whatever
 * could be more is no mailbox: slashes, a leading dot, control characters, quotes.
 */
final class Mailboxes {
  private static final Logger LOG = LoggerFactory.getLogger(Mailboxes.class);
  private static final Reply NONE = new Reply(550, "5.1.1", "[internal] no such mailbox");
  private static final Reply UNABLE = new Reply(451, "4.2.0", "[internal] mailbox is not writable");
  private static final Reply DONE = new Reply(250, "2.0.0", "delivered to maildir");

  private final MaildirStore.Options options;
  private final Path base;
  private final String hostName;
  private final Set<PosixFilePermission> folderMode;
  private final Set<PosixFilePermission> fileMode;

  Mailboxes(MaildirStore.Options options, String basedir, String hostName) {
    this.options = options;
    this.base = Path.of(basedir).normalize();
    this.hostName = hostName.replaceAll("[^A-Za-z0-9.-]", "_");
    this.folderMode = permissions(options.dirmode());
    this.fileMode = permissions(options.filemode());
  }

  Reply deliver(Address to, Address from, String id, long receivedMillis, Body body) {
    Optional<Path> mailbox = mailbox(to);
    if (mailbox.isEmpty()) {
      return NONE;
    }
    try {
      if (!exists(mailbox.get())) {
        if (!options.createUsers()) {
          return NONE;
        }
        create(mailbox.get());
      }
      write(mailbox.get(), name(id, receivedMillis), to, from, body);
      return DONE;
    } catch (IOException e) {
      LOG.error("message {}: mailbox {}: {}", id, mailbox.get(), e.toString());
      return UNABLE;
    }
  }

  /** Where the mailbox is, if its name is one. */
  Optional<Path> mailbox(Address address) {
    String user = address.localpart().toLowerCase(Locale.ROOT);
    String domain = address.routingDomain();
    if (!user.matches("[a-z0-9_+=~#$%&*'!?^`{|}-][a-z0-9_+=~#$%&*'!?^`{|}.-]{0,127}")) {
      return Optional.empty();
    }
    if (!options.domainInPath()) {
      return Optional.of(base.resolve(user));
    }
    return domain.matches("[a-z0-9_][a-z0-9._-]{0,254}")
        ? Optional.of(base.resolve(domain).resolve(user))
        : Optional.empty();
  }

  private static boolean exists(Path mailbox) {
    return Files.isDirectory(mailbox.resolve("new")) && Files.isDirectory(mailbox.resolve("tmp"));
  }

  private void create(Path mailbox) throws IOException {
    if (options.domainInPath()) {
      folder(mailbox.resolve("..").normalize());
    }
    folder(mailbox);
    folder(mailbox.resolve("cur"));
    folder(mailbox.resolve("new"));
    // last: it says that the mailbox is complete
    folder(mailbox.resolve("tmp"));
  }

  private void folder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    try {
      Files.createDirectory(folder);
      // after the fact: the umask has no say
      Files.setPosixFilePermissions(folder, folderMode);
    } catch (FileAlreadyExistsException another) {
      LOG.debug("{} was made meanwhile", folder);
    }
    sync(folder.resolve(".."));
  }

  private String name(String id, long receivedMillis) {
    return receivedMillis / 1000 + ".I" + id.replace('/', '_') + '.' + hostName;
  }

  private void write(Path mailbox, String name, Address to, Address from, Body body)
      throws IOException {
    Path tmp = mailbox.resolve("tmp").resolve(name);
    Files.deleteIfExists(tmp);
    try {
      try (FileChannel file =
          FileChannel.open(tmp, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        Files.setPosixFilePermissions(tmp, fileMode);
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(file), 1 << 16);
        out.write(field("Return-Path: <" + from + ">"));
        out.write(field("Delivered-To: " + to));
        Content.write(body, out);
        out.flush();
        file.force(true);
      }
      Files.move(tmp, mailbox.resolve("new").resolve(name), StandardCopyOption.ATOMIC_MOVE);
      sync(mailbox.resolve("new"));
    } catch (IOException e) {
      Files.deleteIfExists(tmp);
      throw e;
    }
  }

  /** A header field; an address has no line ends, and if it had they would not get here. */
  private static byte[] field(String text) {
    return (text.replaceAll("[\\r\\n\\x00]", "?") + "\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> found = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] highToLow = PosixFilePermission.values();
    for (int i = 0; i < highToLow.length; i++) {
      if ((mode & 0400 >>> i) != 0) {
        found.add(highToLow[i]);
      }
    }
    return found;
  }
}
