package org.impetusmta.module.sendmail_logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.log.MailDay;
import org.impetusmta.testkit.log.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What SMA, the Sendmail log analyser, finds in the log is what happened. */
final class SendmailLoggerTest {
  @TempDir Path folder;
  private Path mainlog;
  private Path paniclog;

  @BeforeEach
  void paths() {
    mainlog = folder.resolve("mainlog");
    paniclog = folder.resolve("paniclog");
  }

  private SendmailLogger logger() throws ConfigException {
    return new SendmailLogger(
        new SendmailLogger.Options(mainlog.toString(), paniclog.toString()),
        "sendmail_logger1",
        new SendmailFormat(ZoneOffset.UTC, "mx1", 4711),
        new FileWrappers(),
        InstantSource.system());
  }

  private List<String> day() throws Exception {
    SendmailLogger logger = logger();
    MailDay.tell(logger);
    logger.close();
    return Files.readAllLines(mainlog);
  }

  @Test
  void smaCountsRight() throws Exception {
    day();
    String report = Program.run("sma", "sma", "-F", "-a", "-q", mainlog.toString());
    assertThat(report)
        .containsPattern("Server: mx1")
        .containsPattern("Ruleset based rejections +3\n")
        .containsPattern("Total +6 +Total +8\n")
        .containsPattern("Average size \\(kB\\) +1\\.00 +Sent +3\n")
        .containsPattern("Deferred +4\n")
        .containsPattern("Queued +0\n")
        .containsPattern("Other error +1\n")
        .containsPattern(" a@one\\.example +2 ")
        .containsPattern(" \\[192\\.0\\.2\\.1\\] +5 ");
  }

  @Test
  void smaCountsDiagnostics() throws Exception {
    day();
    assertThat(Program.run("sma", "sma", "-F", "-a", "-q", mainlog.toString(), paniclog.toString()))
        .containsPattern("Other SYSERR +1\n");
    assertThat(Files.readAllLines(paniclog))
        .containsExactly(
            "Nov 26 08:40:14 mx1 sendmail[4711]: NOQUEUE: SYSERR(root): dns: no server\\nanswers");
  }

  @Test
  void lines() throws Exception {
    assertThat(day())
        .contains(
            at(0)
                + "NOQUEUE: ruleset=check_relay, relay=[192.0.2.1], reject=554 5.7.1 no mail from"
                + " you",
            at(1)
                + "5AQ8e102004711: from=<a@one.example>, size=1000, class=0, nrcpts=1, proto=ESMTP,"
                + " daemon=MTA, relay=[192.0.2.1]",
            at(2)
                + "5AQ8e102004711: to=<b@two.example>, delay=00:00:01, xdelay=00:00:00,"
                + " mailer=esmtp, pri=31000, relay=[192.0.2.9], dsn=2.0.0, stat=Sent (queued,"
                + " id=77)",
            at(6)
                + "5AQ8e504004711: to=<nobody@two.example>, delay=00:00:01, xdelay=00:00:00,"
                + " mailer=esmtp, pri=31000, relay=[192.0.2.9], dsn=5.1.1, reply=550 5.1.1 no such"
                + " user, stat=User unknown",
            at(6) + "5AQ8e605004711: from=<>, size=1000, class=0, nrcpts=1, relay=localhost",
            at(9)
                + "5AQ8e806004711: to=<e@five.example>, delay=00:00:01, xdelay=00:00:00,"
                + " mailer=esmtp, pri=31000, dsn=4.4.1, stat=Deferred: 451 4.4.1 connection"
                + " refused")
        .hasSize(3 + 6 + 3 + 4 + 1)
        .allMatch(line -> line.startsWith("Nov 26 08:4") && line.contains(" mx1 sendmail[4711]: "));
  }

  private static String at(int second) {
    return "Nov 26 08:40:%02d mx1 sendmail[4711]: ".formatted(second);
  }

  @Test
  void idsOfDifferentMessagesDiffer() {
    assertThat(SendmailFormat.id(MessageId.of(3599, 65535, MailDay.START)))
        .isEqualTo("5AQ8e0xx065535");
    assertThat(SendmailFormat.id(MessageId.of(3600, 65535, MailDay.START)))
        .isEqualTo("5AQ8e000131071");
    assertThat(SendmailFormat.id(MessageId.of(65535, 65535, MailDay.START)))
        .isEqualTo("5AQ8e0CF1245183");
  }

  @Test
  void aLogThatCannotBeOpenedIsRefused() throws Exception {
    Files.createDirectory(paniclog);
    assertThatThrownBy(this::logger)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("in sendmail_logger \"sendmail_logger1\": paniclog = ");
  }
}
