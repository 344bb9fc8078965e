package org.impetusmta.module.maildir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaildirStoreTest {
  @TempDir private Path dir;

  private MaildirStore store(boolean create, boolean domainInPath) throws ConfigException {
    return new MaildirStore(
        "maildir1",
        new MaildirStore.Options(
            Optional.of(dir.resolve("base").toString()),
            0750,
            0640,
            create,
            domainInPath,
            false,
            List.of("Example.com")),
        "mx.example.net",
        new TestScheduler(new ManualClock(1_700_000_000_000L), 1));
  }

  private static Reply deliver(MaildirStore store, Message message) {
    return store.deliver(message, message.body());
  }

  private List<Path> files() throws IOException {
    try (var all = Files.walk(dir)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static OutboundMessage mail(String recipient) {
    return OutboundMessage.to(recipient, "Subject: x\r\n\r\n..dot\r\n");
  }

  @Test
  void makesTheMailboxAndPutsTheMessageInNew() throws Exception {
    Files.createDirectory(dir.resolve("base"));
    Message message = mail("Joe.User@Example.com");
    assertThat(deliver(store(true, true), message).code()).isEqualTo(250);
    Path mailbox = dir.resolve("base/example.com/joe.user");
    assertThat(files()).hasSize(1);
    Path file = files().getFirst();
    assertThat(file.getParent()).isEqualTo(mailbox.resolve("new"));
    assertThat(file)
        .hasContent(
            "Return-Path: <sender@source.example>\nDelivered-To: Joe.User@Example.com\n"
                + "Subject: x\n\n.dot\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(mailbox)))
        .isEqualTo("rwxr-x---");
    assertThat(mailbox.resolve("cur")).isDirectory();
  }

  @Test
  void theSameMessageReplacesItselfOthersDoNot() throws Exception {
    Files.createDirectory(dir.resolve("base"));
    MaildirStore store = store(true, false);
    Message message = mail("a@example.com");
    deliver(store, message);
    deliver(store, message);
    assertThat(files()).hasSize(1);
    deliver(store, mail("a@example.com"));
    assertThat(files()).hasSize(2);
  }

  @Test
  void aLeftoverInTmpIsNoObstacle() throws Exception {
    Files.createDirectory(dir.resolve("base"));
    MaildirStore store = store(true, false);
    Message message = mail("a@example.com");
    deliver(store, message);
    Path file = files().getFirst();
    Files.move(file, dir.resolve("base/a/tmp").resolve(file.getFileName()));
    assertThat(deliver(store, message).isPositive()).isTrue();
    assertThat(files()).containsExactly(file);
  }

  @Test
  void withoutCreateUsersAMissingMailboxIsNone() throws Exception {
    Files.createDirectory(dir.resolve("base"));
    assertThat(deliver(store(false, true), mail("a@example.com")).code()).isEqualTo(550);
    assertThat(dir.resolve("base")).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "..@example.com",
        "../x@example.com",
        "a/b@example.com",
        ".x@example.com",
        "\"a b\"@example.com",
        "a\\b@example.com",
        "@example.com",
        "a\u0000@example.com",
        "a@../etc",
        "a@.x",
        "a@x/y"
      })
  void noAddressLeavesTheFolder(String recipient) throws Exception {
    Files.createDirectory(dir.resolve("base"));
    assertThat(
            deliver(store(true, true), OutboundMessage.to("x@y", "a\r\n").to(Address.of(recipient)))
                .code())
        .isEqualTo(550);
    assertThat(dir.resolve("base")).isEmptyDirectory();
    assertThat(dir).isDirectoryContaining(p -> p.endsWith("base"));
  }

  @Test
  void whatCannotBeWrittenIsAttemptedAgain() throws Exception {
    // there is no basedir
    assertThat(deliver(store(true, false), mail("a@example.com")).code()).isEqualTo(451);
    // tmp is where the file should be
    Files.createDirectories(dir.resolve("base/b/new"));
    Files.createDirectories(dir.resolve("base/b/tmp"));
    Files.delete(dir.resolve("base/b/new"));
    Files.createFile(dir.resolve("base/b/new"));
    assertThat(deliver(store(true, false), mail("b@example.com")).code()).isEqualTo(451);
    assertThat(dir.resolve("base/b/tmp")).isEmptyDirectory();
  }

  @Test
  void takesTheMailOfItsDomains() throws Exception {
    assertThat(store(true, true).claims("example.com")).isTrue();
    assertThat(store(true, true).claims("example.org")).isFalse();
    assertThatThrownBy(
            () ->
                new MaildirStore(
                    "m",
                    new MaildirStore.Options(
                        Optional.of("relative"), 0, 0, false, false, false, List.of()),
                    "mx",
                    new TestScheduler(new ManualClock(0), 1)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected an absolute path");
  }
}
