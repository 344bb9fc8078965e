package org.impetusmta.module.postfix_logger;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What pflogsumm finds in the log is what happened. */
final class PostfixLoggerTest {
  @TempDir Path folder;
  private Path mainlog;
  private Path paniclog;

  @BeforeEach
  void paths() {
    mainlog = folder.resolve("mainlog");
    paniclog = folder.resolve("paniclog");
  }

  private PostfixLogger logger(boolean transients) throws ConfigException {
    return new PostfixLogger(
        new PostfixLogger.Options(mainlog.toString(), paniclog.toString(), transients),
        "postfix_logger1",
        new PostfixFormat(ZoneOffset.UTC, "mx1", 4711),
        new FileWrappers(),
        InstantSource.system());
  }

  private List<String> day(boolean transients) throws Exception {
    PostfixLogger logger = logger(transients);
    MailDay.tell(logger);
    logger.close();
    return Files.readAllLines(mainlog);
  }

  @Test
  void pflogsummCountsRight() throws Exception {
    day(true);
    String report = Program.run("pflogsumm", "pflogsumm", mainlog.toString());
    // as in Postfix, a bounce is delivered but was not received
    assertThat(report)
        .containsPattern("\n +5 +received\n")
        .containsPattern("\n +3 +delivered\n")
        .containsPattern("\n +3 +deferred +\\(4 +deferrals\\)\n")
        .containsPattern("\n +1 +bounced\n")
        .containsPattern("\n +3 +rejected \\(50%\\)\n")
        .containsPattern("\n +5000 +bytes received\n")
        .containsPattern("\n +3000 +bytes delivered\n")
        .containsPattern("\n +3 +senders\n")
        .containsPattern("\n +3 +recipients\n")
        .doesNotContain("No Message Size");
  }

  @Test
  void pflogsummCountsDiagnostics() throws Exception {
    day(true);
    assertThat(Program.run("pflogsumm", "pflogsumm", paniclog.toString()))
        .containsPattern("Fatal Errors\n-+\n +master \\(total: 1\\)\n +1 +dns: no server");
    assertThat(Files.readAllLines(paniclog))
        .containsExactly(
            "Nov 26 08:40:14 mx1 postfix/master[4711]: fatal: dns: no server\\nanswers");
  }

  @Test
  void lines() throws Exception {
    assertThat(day(true))
        .contains(
            "Nov 26 08:40:00 mx1 postfix/smtpd[4711]: NOQUEUE: reject: CONNECT from"
                + " unknown[192.0.2.1]: 554 5.7.1 no mail from you; proto=SMTP",
            at(1, "smtpd") + id(2, 1) + ": client=unknown[192.0.2.1]",
            at(1, "qmgr") + id(2, 1) + ": from=<a@one.example>, size=1000, nrcpt=1 (queue active)",
            at(2, "smtp")
                + id(2, 1)
                + ": to=<b@two.example>, relay=192.0.2.9[192.0.2.9]:25, delay=1, delays=0/1/0/0,"
                + " dsn=2.0.0, status=sent (250 2.0.0 queued, id=77)",
            at(2, "qmgr") + id(2, 1) + ": removed",
            at(4, "smtp")
                + id(3, 3)
                + ": to=<c@three.example>, relay=192.0.2.9[192.0.2.9]:25, delay=1, delays=0/1/0/0,"
                + " dsn=4.7.1, status=deferred (host 192.0.2.9[192.0.2.9]:25 said: 451 4.7.1"
                + " greylisted (in reply to RCPT TO command))",
            at(6, "smtp")
                + id(4, 5)
                + ": to=<nobody@two.example>, relay=192.0.2.9[192.0.2.9]:25, delay=1,"
                + " delays=0/1/0/0, dsn=5.1.1, status=bounced (host 192.0.2.9[192.0.2.9]:25 said:"
                + " 550 5.1.1 no such user (in reply to RCPT TO command))",
            at(6, "qmgr") + id(5, 6) + ": from=<>, size=1000, nrcpt=1 (queue active)",
            at(9, "smtp")
                + id(6, 8)
                + ": to=<e@five.example>, relay=none, delay=1, delays=0/1/0/0, dsn=4.4.1,"
                + " status=deferred (451 4.4.1 connection refused)",
            at(10, "qmgr")
                + id(7, 10)
                + ": from=<\"a b\\x3E, size=5 H=[6.6.6.6] \\x3C= =\\x3E \"@six.example>, size=1000,"
                + " nrcpt=1 (queue active)")
        .hasSize(3 + 5 * 2 + 1 + 3 * 2 + 4 + 2);
  }

  private static String at(int second, String program) {
    return "Nov 26 08:40:%02d mx1 postfix/%s[4711]: ".formatted(second, program);
  }

  private static String id(int counter, int second) {
    return PostfixFormat.id(MessageId.of(counter, 4711, MailDay.START + second));
  }

  @Test
  void whatComesFromTheNetworkIsNoLine() throws Exception {
    assertThat(day(true))
        .allMatch(line -> line.startsWith("Nov 26 08:4") && line.contains(" mx1 "));
  }

  @Test
  void transientFailuresAreLeftOutWhereToldSo() throws Exception {
    assertThat(day(false)).noneMatch(line -> line.contains("status=deferred"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "3, 0.01",
    "49, 0.05",
    "400, 0.4",
    "994, 0.99",
    "995, 1",
    "1000, 1",
    "1249, 1.2",
    "9949, 9.9",
    "9950, 10",
    "31400, 31",
    "86400000, 86400"
  })
  void delaysHaveTwoDigits(long millis, String text) {
    assertThat(PostfixFormat.delay(millis)).isEqualTo(text);
  }

  @Test
  void aLogThatCannotBeOpenedIsRefused() throws Exception {
    Files.createDirectory(paniclog);
    assertThatThrownBy(() -> logger(true))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("in postfix_logger \"postfix_logger1\": paniclog = ");
  }
}
