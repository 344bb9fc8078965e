package org.impetusmta.module.ec_logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.log.LoggedMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines are those of the manual's examples, field by field. */
final class EcLoggerTest {
  private static final MessageId BATCH = MessageId.parse("00/00-03736-F4101B54");
  private static final MessageId CONNECTION = MessageId.parse("00/00-04532-A3456B54");

  /** That by which it was to leave. */
  private static final MessageId OUTBOUND = MessageId.parse("07/00-04532-B3456B54");

  @TempDir Path folder;

  private final AtomicLong millis = new AtomicLong(1_000_000_000_000L);
  private final List<EcLogger> open = new ArrayList<>();
  private final FileWrappers io = new FileWrappers();

  @AfterEach
  void close() {
    open.forEach(EcLogger::close);
  }

  private EcLogger.Options options(Duration heartbeat, boolean all) {
    return new EcLogger.Options(
        folder.resolve("log/mainlog.ec").toString(),
        folder.resolve("log/rejectlog.ec").toString(),
        folder.resolve("log/paniclog.ec").toString(),
        folder.resolve("log/acctlog.ec").toString(),
        Optional.of(folder.resolve("log/importlog.ec").toString()),
        0644,
        0644,
        0640,
        0600,
        0666,
        heartbeat,
        all,
        all,
        all,
        all,
        all,
        all);
  }

  private EcLogger logger(EcLogger.Options options) throws ConfigException {
    EcLogger logger =
        new EcLogger(options, "ec_logger1", io, () -> Instant.ofEpochMilli(millis.get()), false);
    open.add(logger);
    return logger;
  }

  private EcLogger logger() throws ConfigException {
    return logger(options(Duration.ZERO, true));
  }

  private List<String> lines(String log) throws IOException {
    return Files.readAllLines(folder.resolve("log").resolve(log));
  }

  private static LoggedMessage message(String id, long receivedMillis) {
    return new LoggedMessage(
        MessageId.parse(id),
        BATCH,
        CONNECTION,
        Address.of("info@postalengine.com"),
        Address.of("bob@example.fict"),
        "10.0.1.1",
        "esmtp",
        receivedMillis,
        201);
  }

  private static LogEvent.Reception reception(LoggedMessage message) {
    return new LogEvent.Reception(message.receivedMillis() * 1000, message, "default", "default");
  }

  private static LogEvent.Failure failure(
      boolean permanent, Optional<String> remote, Stage stage, Reply reply) {
    return new LogEvent.Failure(
        1064870847_500_000L,
        permanent,
        message("10/00-25593-393A87F3", 1064870843_610L),
        "postalengine.com",
        31,
        "group-a",
        "binding-a",
        stage,
        1,
        remote,
        reply,
        Optional.empty(),
        OUTBOUND);
  }

  @Test
  void reception() throws Exception {
    EcLogger logger = logger();
    logger.logReception(reception(message("00/00-25004-31B987F3", 1064868656_999L)));
    logger.logFlush();
    assertThat(lines("mainlog.ec"))
        .containsExactly(
            "1064868656@00/00-25004-31B987F3@00/00-03736-F4101B54@00/00-04532-A3456B54@R"
                + "@bob@example.fict@info@postalengine.com@10.0.1.1@201@esmtp@default@default");
  }

  @Test
  void receptionOfABounceHasAnEmptySender() throws Exception {
    EcLogger logger = logger();
    logger.logReception(
        reception(
            new LoggedMessage(
                MessageId.parse("00/00-25004-31B987F3"),
                MessageId.parse("00/00-25004-31B987F3"),
                MessageId.NONE,
                Address.NULL,
                Address.of("bob@example.fict"),
                "unknown",
                "internal",
                1064868656_000L,
                7)));
    logger.logFlush();
    assertThat(lines("mainlog.ec"))
        .containsExactly(
            "1064868656@00/00-25004-31B987F3@00/00-25004-31B987F3@00/00-00000-00000000@R"
                + "@bob@example.fict@@@unknown@7@internal@default@default");
  }

  @Test
  void delivery() throws Exception {
    EcLogger logger = logger();
    logger.logDelivery(
        new LogEvent.Delivery(
            1064871280_000_000L,
            message("20/00-25593-945A87F3", 1064871279_607L),
            "postalengine.com",
            266,
            "group-a",
            "binding-a",
            0,
            "10.0.0.1",
            new Reply(250, "", "ok"),
            Optional.empty(),
            0,
            OUTBOUND));
    logger.logFlush();
    assertThat(lines("mainlog.ec"))
        .containsExactly(
            "1064871280@20/00-25593-945A87F3@00/00-03736-F4101B54@07/00-04532-B3456B54@D"
                + "@postalengine.com@266@group-a@binding-a@0@0.393@10.0.0.1");
  }

  @Test
  void transientFailure() throws Exception {
    EcLogger logger = logger();
    logger.logTransientFailure(
        new LogEvent.Failure(
            1064869327_000_000L,
            false,
            message("00/00-25593-CBD987F3", 1064869308_470L),
            "example.fict",
            0,
            "group-a",
            "binding-a",
            Stage.STARTTLS,
            0,
            Optional.of("10.0.0.1"),
            new Reply(421, "", "no adequate servers")));
    logger.logFlush();
    assertThat(lines("mainlog.ec"))
        .containsExactly(
            "1064869327@00/00-25593-CBD987F3@00/00-03736-F4101B54@00/00-00000-00000000@T"
                + "@example.fict@0@group-a@binding-a@15@0@18.53@10.0.0.1@421 no adequate servers");
  }

  @Test
  void permanentFailure() throws Exception {
    EcLogger logger = logger();
    logger.logPermanentFailure(
        failure(
            true,
            Optional.of("10.0.0.1"),
            Stage.AFTER_RCPT_TO,
            new Reply(552, "", "No such account")));
    logger.logPermanentFailure(
        failure(
            true,
            Optional.empty(),
            Stage.NOT_CONNECTED,
            new Reply(554, "5.4.6", "[internal] a@b \\ loop\nagain\u0007")));
    logger.logFlush();
    String begin = "1064870847@10/00-25593-393A87F3@00/00-03736-F4101B54@07/00-04532-B3456B54@P";
    assertThat(lines("mainlog.ec"))
        .containsExactly(
            begin + "@postalengine.com@31@group-a@binding-a@5@1@3.89@10.0.0.1@552 No such account",
            begin
                + "@postalengine.com@31@group-a@binding-a@0@1@3.89@@"
                + "554 5.4.6 [internal] a@b \\\\ loop\\nagain\\x07");
  }

  @Test
  void nothingFromTheNetworkForgesAFieldOrALine() throws Exception {
    EcLogger logger = logger();
    LoggedMessage evil =
        new LoggedMessage(
            MessageId.parse("00/00-25004-31B987F3"),
            BATCH,
            CONNECTION,
            new Address("\"a@x@D@\"", "h\u00fclle.example\u0085\u2028\u202e"),
            new Address("b\r\n1@@@@M1\t\u007f\ud800", "d"),
            "10.0.1.1",
            "esmtp",
            1064868656_000L,
            1);
    logger.logReception(reception(evil));
    logger.logFlush();
    assertThat(lines("mainlog.ec"))
        .singleElement()
        .satisfies(
            line -> {
              String[] fields = line.split("@", -1);
              assertThat(fields).hasSize(14);
              assertThat(fields[5]).isEqualTo("b\\r\\n1\\x40\\x40\\x40\\x40M1\\t\\x7F\ufffd");
              assertThat(fields[7]).isEqualTo("\"a\\x40x\\x40D\\x40\"");
              assertThat(fields[8])
                  .isEqualTo("h\u00fclle.example\\xC2\\x85\\xE2\\x80\\xA8\\xE2\\x80\\xAE");
            });
  }

  @Test
  void rejection() throws Exception {
    EcLogger logger = logger();
    Map<String, String> connection = new LinkedHashMap<>();
    connection.put("pathway", "default");
    connection.put("ehlo_string", "EHLO rh52-node1");
    connection.put("ehlo_domain", "rh52-node1");
    Map<String, String> message = new LinkedHashMap<>();
    message.put("mailfrom_domain", "");
    message.put("mailfrom_string", "MAIL FROM:<>");
    message.put("mailfrom_localpart", "");
    logger.logRejection(
        new LogEvent.Rejection(
            1236672125_000_000L,
            "10.79.25.142:42601",
            "10.79.25.142:25",
            MessageId.parse("18/00-07149-D7E16B94"),
            "default",
            "default",
            ReceptionState.AWAITING_MAILFROM,
            "scriptlet",
            connection,
            message,
            new Reply(550, "5.7.1", "relaying denied"),
            "relaying denied"));
    logger.logRejection(
        new LogEvent.Rejection(
            1236672126_000_000L,
            "[::1]:1",
            "unix",
            MessageId.NONE,
            "a\"b",
            "g",
            ReceptionState.JUST_CONNECTED,
            "core",
            Map.of("k=]", "a,b\"c\n"),
            Map.of(),
            new Reply(421, "4.3.2", "x"),
            "two\nlines"));
    logger.logFlush();
    assertThat(lines("rejectlog.ec"))
        .containsExactly(
            "1236672125: R=\"10.79.25.142:42601\" L=\"10.79.25.142:25\" C=\"18/00-07149-D7E16B94\""
                + " PATH=\"default\" PATH_GRP=\"default\" P=\"awaiting mailfrom\" E=550 M=scriptlet"
                + " CTXCONN=[pathway=default,ehlo_string=\"EHLO"
                + " rh52-node1\",ehlo_domain=rh52-node1]"
                + " CTXMESS=[mailfrom_domain=,mailfrom_string=\"MAIL FROM:<>\",mailfrom_localpart=]"
                + " relaying denied",
            "1236672126: R=\"[::1]:1\" L=\"unix\" C=\"00/00-00000-00000000\" PATH=\"a\\\"b\""
                + " PATH_GRP=\"g\" P=\"just connected\" E=421 M=core"
                + " CTXCONN=[\"k=]\"=\"a,b\\\"c\\n\"] CTXMESS=[] two\\nlines");
  }

  @Test
  void diagnostic() throws Exception {
    EcLogger logger = logger();
    logger.logError(
        new LogEvent.Diagnostic(
            1251382104_000_000L, LogEvent.Level.ERROR, "datasource", "failed to prepare\nreally"));
    logger.logFlush();
    assertThat(lines("paniclog.ec"))
        .containsExactly("1251382104:datasource: failed to prepare\\nreally");
  }

  @Test
  void timesHaveSixteenDigitsWhereMicrosecondsAreAskedFor() throws Exception {
    EcLogger logger =
        new EcLogger(
            options(Duration.ofSeconds(60), true),
            "fine",
            io,
            () -> Instant.ofEpochMilli(millis.get()),
            true);
    open.add(logger);
    logger.logError(
        new LogEvent.Diagnostic(1251382104_123_456L, LogEvent.Level.ERROR, "datasource", "x"));
    logger.logFlush();
    assertThat(lines("paniclog.ec")).containsExactly("1251382104123456:datasource: x");
  }

  @Test
  void heartbeatsComeWithTheClock() throws Exception {
    EcLogger logger = logger(options(Duration.ofSeconds(60), true));
    logger.logFlush();
    millis.addAndGet(59_999);
    logger.logFlush();
    assertThat(lines("mainlog.ec")).isEmpty();
    millis.addAndGet(1);
    logger.logFlush();
    logger.logFlush();
    millis.addAndGet(-3_600_000); // the clock was set back
    logger.logFlush();
    assertThat(lines("mainlog.ec")).containsExactly("1000000060@@@@M1", "999996460@@@@M1");
    assertThat(lines("rejectlog.ec"))
        .containsExactly("1000000060: Marker 1", "999996460: Marker 1");
    assertThat(lines("paniclog.ec")).isEmpty();
  }

  @Test
  void noHeartbeatsWhereTheyAreOff() throws Exception {
    EcLogger logger = logger();
    millis.addAndGet(1_000_000);
    logger.logFlush();
    assertThat(lines("mainlog.ec")).isEmpty();
  }

  @Test
  void switchesTurnRecordsOff() throws Exception {
    EcLogger logger = logger(options(Duration.ZERO, false));
    logger.logReception(reception(message("00/00-25004-31B987F3", 0)));
    logger.logTransientFailure(
        failure(false, Optional.empty(), Stage.IDLE, new Reply(421, "", "x")));
    logger.logPermanentFailure(
        failure(true, Optional.empty(), Stage.IDLE, new Reply(521, "", "x")));
    logger.logError(new LogEvent.Diagnostic(0, LogEvent.Level.ERROR, "x", "y"));
    logger.logFlush();
    assertThat(lines("mainlog.ec")).isEmpty();
    assertThat(lines("paniclog.ec")).isEmpty();
  }

  @Test
  void filesAreMadeWithTheirModesAndFolders() throws Exception {
    logger();
    assertThat(mode("mainlog.ec")).isEqualTo("rw-r--r--");
    assertThat(mode("rejectlog.ec")).isEqualTo("rw-r-----");
    assertThat(mode("paniclog.ec")).isEqualTo("rw-------");
    assertThat(mode("acctlog.ec")).isEqualTo("rw-rw-rw-");
  }

  private String mode(String log) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(folder.resolve("log").resolve(log)));
  }

  @Test
  void aUriOrAFolderInTheWayIsRefused() throws Exception {
    EcLogger.Options plain = options(Duration.ZERO, true);
    Files.createDirectories(folder.resolve("log/paniclog.ec"));
    assertThatThrownBy(() -> logger(plain))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("in ec_logger \"ec_logger1\": paniclog = \"")
        .hasMessageContaining("cannot be opened");
    Files.delete(folder.resolve("log/paniclog.ec"));
    assertThatThrownBy(
            () ->
                logger(
                    new EcLogger.Options(
                        "cluster:///var/log/mainlog.cluster=>master",
                        plain.rejectlog(),
                        plain.paniclog(),
                        plain.acctlog(),
                        Optional.empty(),
                        0644,
                        0644,
                        0644,
                        0644,
                        0644,
                        Duration.ZERO,
                        true,
                        true,
                        true,
                        true,
                        true,
                        true)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("mainlog = \"cluster:///var/log/mainlog.cluster=>master\"")
        .hasMessageContaining("there is no wrapper for cluster://");
  }

  @Test
  void accountingIsLogged() throws Exception {
    EcLogger logger = logger();
    long micros = 1_160_172_232_000_000L;
    logger.aaaLog(
        new LogEvent.Accounting(
            micros,
            LogEvent.AccountingType.AUTHENTICATION,
            "*:2025",
            "10.80.116.126:37164",
            "ec_user",
            1,
            "",
            ""));
    logger.aaaLog(
        new LogEvent.Accounting(
            micros,
            LogEvent.AccountingType.AUTHENTICATION_TIMEOUT,
            "/tmp/2025",
            "",
            "a@b\nc",
            0,
            "",
            ""));
    logger.aaaLog(
        new LogEvent.Accounting(
            micros,
            LogEvent.AccountingType.AUTHORIZATION,
            "/tmp/2025",
            "",
            "ec-user",
            1,
            "summary",
            "users"));
    logger.aaaLog(
        new LogEvent.Accounting(
            micros,
            LogEvent.AccountingType.AUTHORIZATION,
            "/tmp/2025",
            "",
            "ec-user",
            0,
            "shutdown",
            ""));
    logger.logFlush();
    assertThat(Files.readAllLines(folder.resolve("log/acctlog.ec")))
        .containsExactly(
            "1160172232@N@*:2025@10.80.116.126:37164@ec_user@1",
            "1160172232@T@/tmp/2025@@a\\x40b\\nc@0",
            "1160172232@Z@/tmp/2025@@ec-user@1@summary@users",
            "1160172232@Z@/tmp/2025@@ec-user@0@shutdown");
  }

  @Test
  void importsAreLoggedWithTheirResult() throws Exception {
    EcLogger logger = logger();
    MessageId there = MessageId.parse("00/00-25004-31B987F3");
    MessageId here = MessageId.parse("01/00-25005-31B987F3");
    long micros = 1_064_869_327_000_000L;
    logger.logSpoolImport(
        new LogEvent.Import(
            micros,
            Optional.of(there),
            Optional.of(here),
            LogEvent.ImportResult.IMPORTED,
            "/var/spool/my-alternative-spool"));
    logger.logSpoolImport(
        new LogEvent.Import(
            micros,
            Optional.empty(),
            Optional.empty(),
            LogEvent.ImportResult.ENVELOPE_UNREADABLE,
            "/odd\nname"));
    logger.logSpoolImport(
        new LogEvent.Import(
            micros,
            Optional.of(there),
            Optional.empty(),
            LogEvent.ImportResult.NOT_STORED,
            "/var/spool/other"));
    logger.logFlush();
    assertThat(Files.readAllLines(folder.resolve("log/importlog.ec")))
        .containsExactly(
            "1064869327@00/00-25004-31B987F3@I@01/00-25005-31B987F3@1@"
                + "/var/spool/my-alternative-spool",
            "1064869327@@I@@2@/odd\\nname",
            "1064869327@00/00-25004-31B987F3@I@@4@/var/spool/other");
  }

  @Test
  void rotationLosesNoLineAndDoublesNone() throws Exception {
    EcLogger logger = logger();
    AtomicBoolean done = new AtomicBoolean();
    int count = 100_000;
    Thread log =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < count; i++) {
                    logger.logReception(reception(message("00/00-25004-31B987F3", i * 1000L)));
                    if (i % 17 == 0) {
                      logger.logFlush();
                    }
                  }
                  done.set(true);
                });
    List<Path> rotated = new ArrayList<>();
    Path current = folder.resolve("log/mainlog.ec");
    while (!done.get()) {
      Path aside = folder.resolve("log/mainlog.ec." + rotated.size());
      Files.move(current, aside);
      rotated.add(aside);
      logger.logReopen();
      assertThat(current).exists();
    }
    log.join();
    logger.close();
    rotated.add(current);
    int next = 0;
    for (Path file : rotated) {
      for (String line : Files.readAllLines(file)) {
        assertThat(line).startsWith(next++ + "@00/00-25004-31B987F3@").endsWith("@default@default");
      }
    }
    assertThat(next).isEqualTo(count);
  }

  @Test
  void theInstanceHasConsoleCommands() throws Exception {
    EcLogger logger = logger();
    assertThat(logger.name()).isEqualTo("ec_logger:ec_logger1");
    assertThat(Typed.run(logger, "help").lines())
        .containsExactly("reopen logs", "\tClose and reopen log files");
    assertThatThrownBy(() -> Typed.run(logger, "rotate"))
        .isInstanceOf(ConsoleException.class)
        .hasMessage("usage: ec_logger:ec_logger1 help | reopen logs");

    Files.move(folder.resolve("log/mainlog.ec"), folder.resolve("log/old"));
    AtomicBoolean answered = new AtomicBoolean();
    Thread flushing =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!answered.get()) {
                    logger.logFlush();
                  }
                });
    Typed reopened = Typed.run(logger, "reopen", "logs");
    answered.set(true);
    flushing.join();
    assertThat(reopened.lines()).containsExactly("Logs reopened.");
    assertThat(folder.resolve("log/mainlog.ec")).exists();
  }
}
