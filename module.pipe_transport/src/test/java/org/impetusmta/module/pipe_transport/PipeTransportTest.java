package org.impetusmta.module.pipe_transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PipeTransportTest {
  @TempDir private Path dir;
  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_700_000_000_000L), 1);
  private Path seen;

  @BeforeEach
  void paths() {
    seen = dir.resolve("seen");
  }

  private String script(String lines) throws Exception {
    Path file = dir.resolve("program");
    Files.writeString(file, "#!/bin/sh\n" + lines + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }

  private PipeTransport pipe(String program, List<String> arguments, Map<String, String> code)
      throws ConfigException {
    return pipe(program, arguments, code, Duration.ofSeconds(20));
  }

  private PipeTransport pipe(
      String program, List<String> arguments, Map<String, String> code, Duration timeout)
      throws ConfigException {
    return new PipeTransport(
        "pipe1",
        new PipeTransport.Options(
            Optional.of(program),
            arguments,
            List.of("Example.com"),
            dir.resolve("out").toString(),
            dir.resolve("err").toString(),
            code,
            timeout,
            2),
        scheduler);
  }

  private static Message mail(String recipient) {
    return OutboundMessage.to(recipient, "Subject: x\r\n\r\n..dot\r\nlast\r\n");
  }

  private static Reply deliver(PipeTransport pipe, Message message) {
    return pipe.deliver(message, message.body());
  }

  @Test
  void theProgramReadsTheContent() throws Exception {
    String program = script("cat > " + seen + "; echo said; pwd; env | sort");
    assertThat(deliver(pipe(program, List.of(), Map.of()), mail("a@example.com")))
        .isEqualTo(new Reply(250, "2.0.0", "delivered to program"));
    assertThat(seen).hasContent("Subject: x\n\n.dot\nlast\n");
    assertThat(dir.resolve("out"))
        .content()
        .startsWith("said\n/\n")
        .contains("PATH=/usr/local/bin:/usr/bin:/bin")
        .doesNotContain("HOME=");
  }

  @Test
  void addressesAreArgumentsAndNothingElse() throws Exception {
    String program = script("for a; do echo \"<$a>\"; done > " + seen);
    PipeTransport pipe =
        pipe(program, List.of("-f", "%{sender}", "to %{localpart} at %{domain}"), Map.of());
    assertThat(deliver(pipe, mail("a;touch$IFS'x'`id`$(id)|b@example.com")).isPositive()).isTrue();
    assertThat(seen)
        .hasContent(
            "<-f>\n<sender@source.example>\n<to a;touch$IFS'x'`id`$(id)|b at example.com>\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-rf@example.com", "a\nb@example.com", "a\u00e9@example.com"})
  void whatIsNoArgumentIsRefused(String recipient) throws Exception {
    String program = script("touch " + seen);
    assertThat(deliver(pipe(program, List.of("%{recipient}"), Map.of()), mail(recipient)).code())
        .isEqualTo(553);
    assertThat(seen).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "0,250 2.0.0 delivered to program",
    "75,451 4.3.0 pipe transport gave exit status 75",
    "1,504 5.5.0 pipe transport gave exit status 1",
    "67,504 5.5.0 pipe transport gave exit status 67",
    "100,550 command failed",
    "111,450 try again later",
    "137,451 4.3.0 pipe transport gave exit status 137"
  })
  void exitStatusDecides(int status, String reply) throws Exception {
    PipeTransport pipe =
        pipe(
            script("exit " + status),
            List.of(),
            Map.of("100", "550 command failed", "111", "450 try again later"));
    assertThat(deliver(pipe, mail("a@example.com"))).hasToString(reply);
  }

  @Test
  void aHungProgramIsKilledWithWhatItStarted() throws Exception {
    String program = script("sleep 600 & echo $! > " + seen + "; sleep 600");
    PipeTransport pipe = pipe(program, List.of(), Map.of(), Duration.ofMillis(500));
    assertThat(deliver(pipe, mail("a@example.com")))
        .isEqualTo(new Reply(451, "4.3.0", "[internal] pipe transport took too long"));
    long child = Long.parseLong(Files.readString(seen).strip());
    org.awaitility.Awaitility.await()
        .until(() -> !ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatHasLeftItsParentIsKilledToo(boolean hangs) throws Exception {
    String program =
        script(
            "(setsid sh -c 'echo $$ > "
                + seen
                + ".tmp; mv "
                + seen
                + ".tmp "
                + seen
                + "; sleep 600 & sleep 600' &)\nwhile [ ! -e "
                + seen
                + " ]; do sleep 0.01; done\n"
                + (hangs ? "sleep 600" : "exit 0"));
    PipeTransport pipe =
        pipe(program, List.of(), Map.of(), Duration.ofMillis(hangs ? 2_000 : 20_000));
    assertThat(deliver(pipe, mail("a@example.com")).code()).isEqualTo(hangs ? 451 : 250);
    long detached = Long.parseLong(Files.readString(seen).strip());
    org.awaitility.Awaitility.await()
        .until(() -> !ProcessHandle.of(detached).map(ProcessHandle::isAlive).orElse(false));
  }

  @Test
  void outputIsKeptUpToALimitAndBoundedMeanwhile() throws Exception {
    String program =
        script(
            "for i in 1 2 3 4 5 6 7 8; do head -c 500000 /dev/zero; head -c 500000 /dev/zero >&2;"
                + " sleep 0.1; done");
    assertThat(deliver(pipe(program, List.of(), Map.of()), mail("a@example.com")).code())
        .isEqualTo(250);
    assertThat(dir.resolve("out")).hasSize(1 << 20);
    assertThat(dir.resolve("err")).hasSize(64 << 10);
  }

  @Test
  void whatDoesNotStartIsAttemptedAgain() throws Exception {
    PipeTransport pipe = pipe("/nowhere/at/all", List.of(), Map.of());
    assertThat(deliver(pipe, mail("a@example.com")).code()).isEqualTo(451);
  }

  @Test
  void errorOutputThatCannotBeKeptDoesNotBringTheMailAgain() throws Exception {
    Files.createDirectory(dir.resolve("err"));
    String program = script("cat > /dev/null; echo warning >&2; exit 0");
    assertThat(deliver(pipe(program, List.of(), Map.of()), mail("a@example.com")).code())
        .isEqualTo(250);
  }

  @Test
  void errorOutputIsKeptUpToALimit() throws Exception {
    String program = script("head -c 1000000 /dev/zero >&2; exit 75");
    assertThat(deliver(pipe(program, List.of(), Map.of()), mail("a@example.com")).code())
        .isEqualTo(451);
    assertThat(dir.resolve("err")).hasSize(64 << 10);
    assertThat(
            Program.escaped(
                "a\nb\u001b[1m\\".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)))
        .isEqualTo("a\\x0ab\\x1b[1m\\x5c");
  }

  @Test
  void wrongOptionsAreRefused() {
    assertThatThrownBy(() -> pipe("cat", List.of(), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected an absolute path");
    assertThatThrownBy(() -> pipe("/bin/cat", List.of("%{subject}"), Map.of()))
        .hasMessageContaining("%{subject}: expected sender, recipient, localpart, domain or id");
    assertThatThrownBy(() -> pipe("/bin/cat", List.of(), Map.of("256", "250 ok")))
        .hasMessageContaining("expected an exit status");
    assertThatThrownBy(() -> pipe("/bin/cat", List.of(), Map.of("1", "350 go on")))
        .hasMessageContaining("expected a reply");
  }

  @Test
  void keepsItsPlaceInTheQueue() throws Exception {
    PipeTransport pipe = pipe(script("grep -q bad && exit 1; exit 0"), List.of(), Map.of());
    assertThat(pipe.isLocal()).isTrue();
    assertThat(pipe.claims("example.com")).isTrue();
    assertThat(pipe.claims("example.org")).isFalse();
    RecordingDelivery delivery =
        new RecordingDelivery(
                scheduler.loops().getFirst(),
                new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), 0))
            .queued(mail("a@example.com"), OutboundMessage.to("b@example.com", "bad\r\n"))
            .queued(mail("c@example.com"))
            .quitWhenDrained()
            .open(pipe);
    scheduler.run();
    assertThat(delivery.isClosed()).isTrue();
    assertThat(delivery.violations()).isEmpty();
    assertThat(delivery.events(Event.Delivered.class)).hasSize(2);
    assertThat(delivery.events(Event.Failed.class))
        .extracting(e -> e.reply().code())
        .containsExactly(504);
  }
}
