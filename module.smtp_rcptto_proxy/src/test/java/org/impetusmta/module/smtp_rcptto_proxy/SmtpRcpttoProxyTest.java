package org.impetusmta.module.smtp_rcptto_proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.policy.RecipientProbe.Answer;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.FakeMx.At;
import org.impetusmta.testkit.policy.StandInDns;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SmtpRcpttoProxyTest {
  private static final Address FROM = Address.of("foo@foo.example");
  private static final Address TO = Address.of("bar@bar.example");

  private final StandInDns dns = new StandInDns();
  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_000_000), 1);
  private final SmtpRcpttoProxy module = new SmtpRcpttoProxy(dns, scheduler, "mta.example");

  private Answer ask(String host, int port, Address from, Address to) {
    CompletionStage<Answer> answer = module.query(from, to, host, port, Duration.ofSeconds(20));
    scheduler.run();
    return answer.toCompletableFuture().join();
  }

  @Test
  void a_recipient_that_the_server_takes_is_accepted_and_no_mail_is_sent() throws Exception {
    try (FakeMx server = FakeMx.offering().start()) {
      Answer answer = ask("127.0.0.1", server.address().getPort(), FROM, TO);
      assertThat(answer.accepted()).isTrue();
      assertThat(answer.error()).isEmpty();
      assertThat(server.commands())
          .startsWith(
              "EHLO mta.example", "MAIL FROM:<foo@foo.example>", "RCPT TO:<bar@bar.example>")
          .doesNotContain("DATA");
      assertThat(server.received()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"BANNER,554", "EHLO,421", "MAIL,550", "RCPT,550", "RCPT,451"})
  void what_the_server_refuses_fails_without_a_word_why(At point, int code) throws Exception {
    try (FakeMx server = FakeMx.offering().on(point, FakeMx.say(code + " secret")).start()) {
      Answer answer = ask("127.0.0.1", server.address().getPort(), FROM, TO);
      assertThat(answer.accepted()).isFalse();
      assertThat(answer.error()).isEqualTo("fail");
      assertThat(answer.reply().orElseThrow().code()).isEqualTo(code);
    }
  }

  @Test
  void addresses_of_a_host_are_tried_in_turn() throws Exception {
    try (FakeMx server = FakeMx.offering().start()) {
      // nobody listens at the first one
      dns.address("mx.example", "127.0.0.99", "127.0.0.1");
      assertThat(ask("mx.example", server.address().getPort(), Address.NULL, TO).accepted())
          .isTrue();
      assertThat(server.commands()).contains("MAIL FROM:<>");
    }
    assertThat(ask("none.example", 25, FROM, TO).error()).isEqualTo("none.example has no address");
  }

  @Test
  void a_server_that_never_speaks_fails_in_time() throws Exception {
    try (FakeMx server = FakeMx.offering().on(At.BANNER, FakeMx.stall()).start()) {
      CompletionStage<Answer> answer =
          module.query(FROM, TO, "127.0.0.1", server.address().getPort(), Duration.ofMillis(50));
      scheduler.run();
      assertThat(answer.toCompletableFuture().join().accepted()).isFalse();
      assertThat(answer.toCompletableFuture().join().reply()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a@b>\r\nDATA", "a b@c", "a@b> SIZE=1", "a@b\u0000", "<a@b", ""})
  void nothing_of_an_address_becomes_a_command(String text) throws Exception {
    try (FakeMx server = FakeMx.offering().start()) {
      Answer answer = ask("127.0.0.1", server.address().getPort(), FROM, Address.of(text));
      assertThat(answer.accepted()).isFalse();
      assertThat(server.connections()).isZero();
    }
  }

  @Test
  void one_server_does_not_get_more_questions_than_it_may() throws Exception {
    List<CompletionStage<Answer>> answers = new ArrayList<>();
    for (int i = 0; i <= SmtpRcpttoProxy.MOST_OF_SERVER; i++) {
      answers.add(module.query(FROM, TO, "127.0.0.99", 1, Duration.ofSeconds(5)));
    }
    assertThat(answers.getLast().toCompletableFuture().join().error())
        .isEqualTo("too many questions are under way");
    scheduler.run();
    assertThat(answers.getFirst().toCompletableFuture()).isCompleted();
    CompletionStage<Answer> later = module.query(FROM, TO, "127.0.0.99", 1, Duration.ofSeconds(5));
    scheduler.run();
    assertThat(later.toCompletableFuture().join().error()).doesNotContain("too many");
  }

  @Test
  void a_real_postfix_tells_whom_it_knows(@TempDir Path folder) throws Exception {
    Path postfix = Path.of("/usr/sbin/postfix");
    Assumptions.assumeTrue(
        Files.isExecutable(postfix) && System.getProperty("user.name").equals("root"),
        "Postfix is not installed, or may not be started");
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    // Postfix does not stay root
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path etc = Files.createDirectory(folder.resolve("etc"));
    Files.createDirectory(folder.resolve("queue"));
    Files.createDirectory(folder.resolve("data"));
    Files.setAttribute(
        folder.resolve("data"),
        "posix:owner",
        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postfix"));
    Files.writeString(
        etc.resolve("main.cf"),
        """
        compatibility_level = 3.6
        queue_directory = %1$s/queue
        data_directory = %1$s/data
        maillog_file = %1$s/maillog
        maillog_file_prefixes = %1$s
        multi_instance_enable = no
        inet_interfaces = loopback-only
        inet_protocols = ipv4
        myhostname = postfix.example
        mydestination =
        alias_maps =
        virtual_mailbox_domains = destination.example
        virtual_mailbox_maps = inline:{known@destination.example=a/}
        virtual_mailbox_base = %1$s/mail
        virtual_uid_maps = static:65534
        virtual_gid_maps = static:65534
        smtpd_relay_restrictions = reject_unauth_destination
        """
            .formatted(folder));
    Files.writeString(
        etc.resolve("master.cf"),
        """
        127.0.0.1:%d inet n - n - - smtpd
        postlog unix-dgram n - n - 1 postlogd
        cleanup unix n - n - 0 cleanup
        rewrite unix - - n - - trivial-rewrite
        proxymap unix - - n - - proxymap
        anvil unix - - n - 1 anvil
        """
            .formatted(port));
    run(folder, postfix.toString(), "-c", etc.toString(), "start");
    try {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (!listens(port) && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(ask("127.0.0.1", port, Address.NULL, Address.of("known@destination.example")))
          .matches(Answer::accepted);
      Answer unknown =
          ask("127.0.0.1", port, Address.NULL, Address.of("nobody@destination.example"));
      assertThat(unknown.accepted()).isFalse();
      assertThat(unknown.reply().orElseThrow().code()).isEqualTo(550);
      assertThat(
              ask("127.0.0.1", port, FROM, Address.of("x@elsewhere.example"))
                  .reply()
                  .orElseThrow()
                  .code())
          .isEqualTo(554);
    } finally {
      run(folder, postfix.toString(), "-c", etc.toString(), "abort");
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private static void run(Path folder, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(folder.resolve("output"))).isZero();
  }
}
