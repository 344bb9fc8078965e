package org.impetusmta.module.exim_logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.tls.OutboundTls;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.log.MailDay;
import org.impetusmta.testkit.log.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Exim's own eximstats finds in the log is what happened. */
final class EximLoggerTest {
  @TempDir Path folder;
  private Path mainlog;
  private Path paniclog;

  @BeforeEach
  void paths() {
    mainlog = folder.resolve("mainlog");
    paniclog = folder.resolve("paniclog");
  }

  private EximLogger logger(boolean transients) throws ConfigException {
    return new EximLogger(
        new EximLogger.Options(mainlog.toString(), paniclog.toString(), transients),
        "exim_logger1",
        new EximFormat(ZoneOffset.UTC),
        new FileWrappers(),
        InstantSource.system());
  }

  private List<String> day(boolean transients) throws Exception {
    EximLogger logger = logger(transients);
    MailDay.tell(logger);
    logger.close();
    return Files.readAllLines(mainlog);
  }

  @Test
  void eximstatsCountsRight() throws Exception {
    day(true);
    String report =
        Program.run("exim4-base", "eximstats", "-nr", "-h0", "-bydomain", mainlog.toString());
    assertThat(report)
        .containsPattern("Received +6000 +6 ")
        .containsPattern("Delivered +3000 +3 +3 +1")
        .containsPattern("Received .* 3 +50\\.0% +1 +16\\.7%")
        .containsPattern("Rejects +2 ")
        .containsPattern("Temp Rejects +1 ")
        .containsPattern("default +3000 +3")
        .containsPattern("Errors encountered: +1");
  }

  @Test
  void lines() throws Exception {
    assertThat(day(true))
        .startsWith(
            "2025-11-26 08:40:00 H=[192.0.2.1] rejected connection in \"connect\" ACL:"
                + " 554 5.7.1 no mail from you")
        .contains(
            "2025-11-26 08:40:01 " + id(2, 1) + " <= a@one.example H=[192.0.2.1] P=esmtp S=1000",
            "2025-11-26 08:40:02 "
                + id(2, 1)
                + " => b@two.example R=default T=default H=[192.0.2.9] C=\"250 2.0.0 queued,"
                + " id=77\" QT=1s",
            "2025-11-26 08:40:02 " + id(2, 1) + " Completed QT=1s",
            "2025-11-26 08:43:04 " + id(3, 3) + " Completed QT=3m1s",
            "2025-11-26 08:40:04 "
                + id(3, 3)
                + " == c@three.example R=default T=default defer (-44) H=[192.0.2.9]: SMTP error"
                + " from remote mail server after RCPT TO:<c@three.example>: 451 4.7.1 greylisted",
            "2025-11-26 08:40:06 "
                + id(4, 5)
                + " ** nobody@two.example R=default T=default H=[192.0.2.9]: SMTP error from"
                + " remote mail server after RCPT TO:<nobody@two.example>: 550 5.1.1 no such user",
            "2025-11-26 08:40:06 " + id(5, 6) + " <= <> P=local S=1000",
            "2025-11-26 08:40:09 "
                + id(6, 8)
                + " == e@five.example R=default T=default defer (-1): 451 4.4.1 connection refused",
            "2025-11-26 08:40:12 H=[192.0.2.1] temporarily rejected MAIL FROM: 451 4.1.8 no such"
                + " domain")
        .hasSize(3 + 6 + 3 * 2 + 4 + 2);
    assertThat(id(2, 1)).matches("[0-9A-Za-z]{6}-[0-9A-Za-z]{6}-00");
    assertThat(Files.readAllLines(paniclog))
        .containsExactly("2025-11-26 08:40:14 dns: no server\\nanswers");
  }

  private static String id(int counter, int second) {
    return EximFormat.id(MessageId.of(counter, 4711, MailDay.START + second));
  }

  @Test
  void whatComesFromTheNetworkIsNoFieldAndNoLine() throws Exception {
    List<String> hostile = day(true).stream().filter(line -> line.contains("six.example")).toList();
    assertThat(hostile).hasSize(2);
    assertThat(hostile.getFirst())
        .contains(
            " <= \"a\\x20b\\x3E,\\x20size=5\\x20H=[6.6.6.6]\\x20\\x3C=\\x20=\\x3E\\x20\""
                + "@six.example H=[192.0.2.1] P=esmtp");
    assertThat(hostile.getLast()).contains(" == \"x\\x3E\\ny\"@six.example R=default T=");
  }

  @Test
  void transientFailuresAreLeftOutWhereToldSo() throws Exception {
    assertThat(day(false)).noneMatch(line -> line.contains(" == ")).hasSize(3 + 6 + 6 + 2);
  }

  @Test
  void encryptedDelivery() throws Exception {
    EximLogger logger = logger(true);
    LogEvent.Delivery plain =
        MailDay.events().stream()
            .filter(LogEvent.Delivery.class::isInstance)
            .map(LogEvent.Delivery.class::cast)
            .findFirst()
            .orElseThrow();
    logger.logDelivery(
        new LogEvent.Delivery(
            plain.timeMicros() + 93_600_000_000L,
            plain.message(),
            plain.routingDomain(),
            plain.bytes(),
            "g one",
            "b",
            0,
            "[2001:db8::9]:25",
            new Reply(250, "", "a \"b\"\nc"),
            Optional.of(
                new OutboundTls(
                    "required", "TLS_AES_256_GCM_SHA384", 256, 256, "TLSv1.3", true, "i", "s"))));
    logger.close();
    assertThat(Files.readAllLines(mainlog).getFirst())
        .endsWith(
            " => b@two.example R=g\\x20one T=b H=[2001:db8::9] X=TLS1.3:TLS_AES_256_GCM_SHA384:256"
                + " CV=yes C=\"250 a \\\"b\\\"\\n"
                + "c\" QT=1d2h1s");
  }

  @Test
  void idsOfDifferentMessagesDiffer() {
    assertThat(EximFormat.id(MessageId.of(0xFFFF, 0xFFFF, 0xFFFFFFFFL)))
        .isEqualTo("4gfFC3-4gfFC3-00");
    assertThat(EximFormat.id(MessageId.of(1, 2, 3))).isEqualTo("000003-000Y65-00");
  }

  @Test
  void aLogThatCannotBeOpenedIsRefused() throws Exception {
    Files.createDirectory(mainlog);
    assertThatThrownBy(() -> logger(true))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("in exim_logger \"exim_logger1\": mainlog = ");
  }
}
