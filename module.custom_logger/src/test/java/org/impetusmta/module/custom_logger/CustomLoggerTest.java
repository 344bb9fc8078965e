package org.impetusmta.module.custom_logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.log.LogFormat;
import org.impetusmta.log.Sanitizer;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.log.LoggedMessage;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CustomLoggerTest {
  private static final long MICROS = 1254219116_000000L;

  private final TestScheduler scheduler = new TestScheduler(new ManualClock(MICROS / 1000), 1);
  private final List<CustomLogger> open = new ArrayList<>();
  private Set<String> said = Set.of();
  @TempDir Path folder;

  @AfterEach
  void close() {
    scheduler.run();
    open.forEach(CustomLogger::close);
  }

  /** What a stanza with these options says. */
  private Options options(Map<String, Object> values) {
    String file = folder.resolve("log").toString() + "/";
    UnaryOperator<String> path = value -> value.contains("://") ? value : file + value;
    return new Options(
        (int) values.getOrDefault("concurrency", 1),
        text(values, "thread_pool"),
        List.of(((String) values.getOrDefault("namespace", "custom_logger,sieve"))),
        text(values, "sanitize"),
        text(values, "mainlog").map(path),
        0640,
        text(values, "paniclog").map(path),
        0600,
        values.containsKey("log_errors"),
        values.containsKey("log_receptions"),
        text(values, "reception_format"),
        text(values, "reception_logfile").map(path),
        0644,
        values.containsKey("log_deliveries"),
        text(values, "delivery_format"),
        text(values, "delivery_logfile").map(path),
        0604,
        values.containsKey("log_transient_failures"),
        text(values, "transient_failure_format"),
        text(values, "transient_failure_logfile").map(path),
        0644,
        values.containsKey("log_permanent_failures"),
        text(values, "permanent_failure_format"),
        text(values, "permanent_failure_logfile").map(path),
        0644,
        values.containsKey("log_rejections"),
        text(values, "rejection_format"),
        text(values, "rejection_logfile").map(path),
        0644);
  }

  private static Optional<String> text(Map<String, Object> values, String name) {
    return Optional.ofNullable((String) values.get(name));
  }

  private CustomLogger logger(Map<String, Object> values) throws ConfigException {
    MessageOperations operations =
        (MessageOperations)
            Proxy.newProxyInstance(
                MessageOperations.class.getClassLoader(),
                new Class<?>[] {MessageOperations.class},
                (_, method, _) -> {
                  throw new UnsupportedOperationException(method.getName());
                });
    CustomLogger logger =
        new CustomLogger(
            options(values),
            "custom_logger1",
            new CustomLogger.Surroundings(
                new FileWrappers(),
                scheduler,
                false,
                new LogFormat.Environment(
                    List.of(),
                    List.of(),
                    List::of,
                    pathway -> "default",
                    operations,
                    _ -> BounceClass.MAILBOX_FULL,
                    Sanitizer.PLAIN,
                    ZoneOffset.UTC),
                said::contains));
    open.add(logger);
    return logger;
  }

  private List<String> lines(String log) throws IOException {
    return Files.readAllLines(folder.resolve("log").resolve(log));
  }

  private static LoggedMessage message(int number) {
    return new LoggedMessage(
        MessageId.of(number, 25004, MICROS / 1_000_000),
        MessageId.NONE,
        MessageId.NONE,
        Address.of("a@example.net"),
        Address.of("r" + number + "@example.com"),
        "10.0.1.1",
        "esmtp",
        MICROS / 1000,
        ("Subject: s" + number + "\r\n\r\n").length(),
        "Subject: s" + number + "\r\n\r\n",
        new Context(),
        new Context());
  }

  private static LogEvent.Reception reception(int number) {
    return new LogEvent.Reception(MICROS, message(number), "g", "b");
  }

  private static LogEvent.Delivery delivery(int number) {
    return new LogEvent.Delivery(
        MICROS,
        message(number),
        "example.com",
        1,
        "g",
        "b",
        number,
        "10.0.0.1",
        new Reply(250, "", "OK"));
  }

  private static LogEvent.Failure failure(boolean permanent) {
    return new LogEvent.Failure(
        MICROS,
        permanent,
        message(1),
        "example.com",
        1,
        "g",
        "b",
        Stage.DATA,
        0,
        Optional.empty(),
        new Reply(permanent ? 552 : 452, "", "full"));
  }

  private static LogEvent.Rejection rejection() {
    return new LogEvent.Rejection(
        MICROS,
        "10.0.1.1:1",
        "10.0.0.2:25",
        MessageId.NONE,
        "p",
        "pg",
        ReceptionState.AWAITING_MAILFROM,
        "core",
        Map.of(),
        Map.of(),
        new Reply(550, "", "no"),
        "no");
  }

  private static void everything(CustomLogger logger) {
    logger.logReception(reception(1));
    logger.logDelivery(delivery(1));
    logger.logTransientFailure(failure(false));
    logger.logPermanentFailure(failure(true));
    logger.logRejection(rejection());
    logger.logError(new LogEvent.Diagnostic(MICROS, LogEvent.Level.ERROR, "core", "oh\nno"));
    logger.logFlush();
  }

  @Test
  void theManualsExample() throws Exception {
    CustomLogger logger =
        logger(Map.of("delivery_logfile", "delivery_log", "delivery_format", "%t %r@%R"));
    everything(logger);
    assertThat(lines("delivery_log")).containsExactly("1254219116 r1@example.com");
    assertThat(folder.resolve("log").toFile().list()).containsExactly("delivery_log");
  }

  @Test
  void stagesWithoutLogOfTheirOwnShareTheMainlog() throws Exception {
    CustomLogger logger =
        logger(
            Map.of(
                "mainlog", "customlog.ec",
                "reception_format", "R@%r",
                "delivery_format", "D@%r",
                "transient_failure_format", "T@%n@%c@%C",
                "permanent_failure_format", "P@%n@%S@%s",
                "rejection_format", "J@%n",
                "rejection_logfile", "rejected"));
    everything(logger);
    assertThat(lines("customlog.ec"))
        .containsExactly("R@r1", "D@r1", "T@452 full@Mailbox Full@22", "P@552 full@6@during DATA");
    assertThat(lines("rejected")).containsExactly("J@no");
  }

  @Test
  void twoStagesMayNameOneLog() throws Exception {
    CustomLogger logger =
        logger(
            Map.of(
                "reception_logfile", "both",
                "reception_format", "R",
                "delivery_logfile", "both",
                "delivery_format", "D"));
    for (int i = 0; i < 3; i++) {
      everything(logger);
    }
    assertThat(lines("both")).containsExactly("R", "D", "R", "D", "R", "D");
  }

  @Test
  void diagnosticsAreLoggedWhereAskedFor() throws Exception {
    everything(logger(Map.of("paniclog", "paniclog.cl", "log_errors", true)));
    assertThat(lines("paniclog.cl")).containsExactly("1254219116:core: oh\\nno");
    everything(logger(Map.of("paniclog", "quiet")));
    assertThat(lines("quiet")).isEmpty();
  }

  @Test
  void aStageThatIsSaidToBeOffIsOffWhateverItsFormat() throws Exception {
    said = Set.of("log_deliveries");
    CustomLogger logger =
        logger(
            Map.of(
                "mainlog", "main",
                "delivery_format", "D",
                "reception_format", "R"));
    everything(logger);
    assertThat(lines("main")).containsExactly("R");
  }

  @Test
  void logsHaveTheirModes() throws Exception {
    logger(
        Map.of(
            "mainlog", "main",
            "reception_format", "R",
            "paniclog", "panic",
            "delivery_logfile", "delivery",
            "delivery_format", "D"));
    assertThat(mode("main")).isEqualTo("rw-r-----");
    assertThat(mode("panic")).isEqualTo("rw-------");
    assertThat(mode("delivery")).isEqualTo("rw----r--");
  }

  private String mode(String log) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(folder.resolve("log").resolve(log)));
  }

  private void refused(Map<String, Object> values, String reason) {
    assertThatThrownBy(() -> logger(values))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("in custom_logger \"custom_logger1\": " + reason);
  }

  @Test
  void whatWouldHaveNoEffectIsRefused() {
    refused(
        Map.of("log_receptions", true, "mainlog", "main"),
        "log_receptions is on, expected a reception_format too");
    refused(
        Map.of("transient_failure_logfile", "t"),
        "transient_failure_logfile is set, expected a transient_failure_format too");
    refused(
        Map.of("rejection_format", "%t"),
        "rejection_format is set, expected a rejection_logfile or a mainlog too");
    refused(Map.of("log_errors", true), "log_errors is on, expected a paniclog too");
  }

  @Test
  void badFormatsAreRefusedWithTheirPlace() {
    refused(
        Map.of("mainlog", "main", "delivery_format", "%t@%nope"),
        "delivery_format: at 4: unknown macro %nope, expected one of %A");
    refused(
        Map.of("mainlog", "main", "delivery_format", "%t", "namespace", "custom_logger mine"),
        "delivery_format: no module has the namespace \"mine\"");
    refused(
        Map.of("mainlog", "main", "delivery_format", "%t", "sanitize", "tr/a/b"),
        "sanitize: at 7: tr/…/…/ has no end");
    refused(
        Map.of("mainlog", "jlog://x=>y", "delivery_format", "%t"),
        "mainlog = \"jlog://x=>y\": cannot be opened");
    assertThat(folder.resolve("log")).doesNotExist();
  }

  @Test
  void itAsksForWhatItsFormatsRead() throws Exception {
    CustomLogger envelope =
        logger(Map.of("mainlog", "main", "delivery_format", "%r", "rejection_format", "%P"));
    assertThat(envelope.dictionaries()).isFalse();
    assertThat(envelope.bodies()).isFalse();
    CustomLogger content =
        logger(
            Map.of("mainlog", "main", "delivery_format", "%P", "reception_format", "%h{Subject}"));
    assertThat(content.dictionaries()).isTrue();
    assertThat(content.bodies()).isTrue();
    said = Set.of("log_receptions");
    CustomLogger off =
        logger(
            Map.of("mainlog", "main", "delivery_format", "%r", "reception_format", "%h{Subject}"));
    assertThat(off.bodies()).isFalse();
  }

  @Test
  void aPoolKeepsTheOrderOfEachMessage() throws Exception {
    CustomLogger logger =
        logger(
            Map.of(
                "mainlog", "main",
                "delivery_format", "%N %h{Subject}",
                "thread_pool", "custom_logger1_pool",
                "concurrency", 3));
    for (int i = 0; i < 100; i++) {
      logger.logDelivery(delivery(i));
    }
    assertThat(scheduler.pool("custom_logger1_pool").waiting()).isEqualTo(100);
    logger.logFlush();
    assertThat(lines("main")).isEmpty();
    scheduler.run();
    logger.logFlush();
    assertThat(lines("main")).hasSize(100).startsWith("0 s0", "1 s1").endsWith("99 s99");
  }

  @Test
  void whatThePoolDidNotDoIsDoneBeforeTheEnd() throws Exception {
    CustomLogger logger =
        logger(Map.of("mainlog", "main", "rejection_format", "%n", "concurrency", 2));
    logger.logRejection(rejection());
    assertThat(scheduler.pool("IO").waiting()).isEqualTo(1);
    Thread closing = Thread.ofVirtual().start(logger::close);
    scheduler.run();
    closing.join();
    assertThat(lines("main")).containsExactly("no");
  }

  @Test
  void anEventThatCannotBeWrittenLeavesNoPartOfALine() throws Exception {
    CustomLogger logger =
        logger(Map.of("mainlog", "main", "delivery_format", "%r %{rfc2822:body}"));
    assertThatThrownBy(() -> logger.logDelivery(delivery(1)))
        .isInstanceOf(UnsupportedOperationException.class);
    logger.logFlush();
    assertThat(lines("main")).isEmpty();
  }

  @Test
  void severalStanzasWriteSeveralLogs() throws Exception {
    CustomLogger one = logger(Map.of("mainlog", "one", "delivery_format", "1%r"));
    CustomLogger two = logger(Map.of("mainlog", "two", "delivery_format", "2%r"));
    everything(one);
    everything(two);
    assertThat(lines("one")).containsExactly("1r1");
    assertThat(lines("two")).containsExactly("2r1");
    assertThat(one.name()).isEqualTo("custom_logger:custom_logger1");
    assertThat(one.synopsis()).isEqualTo("help | reopen logs");
  }
}
