package org.impetusmta.module.custom_bounce_logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.BounceClassifier;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.bounce.Classified;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.Reply;
import org.impetusmta.log.LogFormat;
import org.impetusmta.log.Sanitizer;
import org.impetusmta.testkit.Inventory;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines have the fields of the manual, each in its place. */
final class CustomBounceLoggerTest {
  @TempDir Path folder;

  private final ManualClock clock = new ManualClock(1_251_222_268_000L);
  private final List<CustomBounceLogger> open = new ArrayList<>();
  private BounceClass reported = BounceClass.AUTO_REPLY;

  /** Timeouts, but what is reported is what the test says. */
  private final BounceClassifier classifier =
      new BounceClassifier() {
        @Override
        public Classified classify(Reply reply, Stage stage, String domain) {
          assertThat(domain).isEqualTo("example.fict");
          return new Classified(BounceClass.TIMEOUT, "");
        }

        @Override
        public Classified classify(BounceReport report) {
          return new Classified(reported, "");
        }

        @Override
        public void forget() {}
      };

  private final OutboundMessage message =
      OutboundMessage.to("johndoe@example.fict", "x".repeat(1223))
          .from(Address.of("info@postalengine.com"));

  @AfterEach
  void close() {
    open.forEach(CustomBounceLogger::close);
  }

  private final LogFormat.Environment formats =
      new LogFormat.Environment(
          List.of(LogFormat.CUSTOM_LOGGER, LogFormat.SIEVE),
          List.of(),
          List::of,
          pathway -> "group",
          (MessageOperations)
              Proxy.newProxyInstance(
                  MessageOperations.class.getClassLoader(),
                  new Class<?>[] {MessageOperations.class},
                  (proxy, method, arguments) -> {
                    throw new AssertionError("no body is read");
                  }),
          failure -> BounceClass.TIMEOUT,
          Sanitizer.PLAIN,
          ZoneOffset.UTC);

  private CustomBounceLogger logger(String userString) throws ConfigException {
    CustomBounceLogger logger =
        new CustomBounceLogger(
            new CustomBounceLogger.Options(
                folder.resolve("bouncelog.ec").toString(),
                0644,
                Duration.ofSeconds(60),
                true,
                true,
                true,
                Optional.of(userString)),
            "custom_bounce_logger",
            classifier,
            new FileWrappers(),
            clock,
            false,
            formats);
    open.add(logger);
    return logger;
  }

  private LogEvent.Failure failure(boolean permanent, String reply) {
    return new LogEvent.Failure(
        1_064_868_656_000_000L,
        permanent,
        message,
        "example.fict",
        0,
        "group-a",
        "binding-a",
        Stage.RCPT_TO,
        0,
        Optional.of("10.0.0.1"),
        Reply.parse(reply));
  }

  private LogEvent.OutOfBandBounce report(Optional<String> original) {
    OutboundMessage back =
        OutboundMessage.to("info@postalengine.com", "x".repeat(77)).from(Address.NULL);
    return new LogEvent.OutOfBandBounce(
        1_064_868_656_000_000L,
        back,
        new BounceReport(original, Optional.empty(), "", ""),
        "group-a",
        "binding-a");
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(folder.resolve("bouncelog.ec"));
  }

  @Test
  void everyFieldOfTheInventory() throws Exception {
    List<String[]> inventory = Inventory.rows("log_formats.tsv");
    CustomBounceLogger logger = logger("%{vctx_conn:foo} x");
    message.connectionContext().set("foo", "bar");
    assertThat(logger.dictionaries()).isTrue();
    assertThat(logger.bodies()).isFalse();
    logger.logPermanentFailure(
        failure(true, "554 5.4.7 [internal] exceeded max time without delivery"));
    logger.logTransientFailure(failure(false, "450 4.2.0 a@b"));
    clock.advance(Duration.ofSeconds(60));
    logger.logFlush();
    Map<String, String[]> records = new HashMap<>();
    for (String line : lines()) {
      String[] fields = line.split("@", 17);
      records.put(fields[4], fields);
    }
    assertThat(records).containsOnlyKeys("B", "T", "M1");
    Map<String, String> values =
        Map.ofEntries(
            Map.entry("timestamp", "1064868656"),
            Map.entry("message_id", message.id().toString()),
            Map.entry("batch_id", message.batchId().toString()),
            Map.entry("connection_id", message.connectionId().toString()),
            Map.entry("rcpt_localpart", "johndoe"),
            Map.entry("rcpt_domain", "example.fict"),
            Map.entry("sender_localpart", "info"),
            Map.entry("sender_domain", "postalengine.com"),
            Map.entry("binding_group", "group-a"),
            Map.entry("binding", "binding-a"),
            Map.entry("stage", "4"),
            Map.entry("bounce_code", "24"),
            Map.entry("size", Integer.toString(message.size())),
            Map.entry("remote_ip", "10.0.0.1"),
            Map.entry("user_string", "bar x"));
    int rows = 0;
    for (String[] cells : inventory) {
      if (!cells[0].equals("bouncelog(custom_bounce_logger)")) {
        continue;
      }
      rows++;
      String found = Objects.requireNonNull(records.get(cells[1]))[Integer.parseInt(cells[2])];
      String expected =
          switch (cells[3]) {
            case "type" -> cells[1];
            case "reply" ->
                cells[1].equals("B")
                    ? "554 5.4.7 [internal] exceeded max time without delivery"
                    : "450 4.2.0 a\\x40b";
            case "timestamp" -> cells[1].equals("M1") ? "1251222328" : "1064868656";
            default -> values.get(cells[3]);
          };
      assertThat(found).as(String.join(" ", cells)).isEqualTo(expected);
    }
    assertThat(rows).isEqualTo(17);
  }

  @Test
  void whatCameBackIsOfTheOriginalMail() throws Exception {
    CustomBounceLogger logger = logger("%{vctx_conn:foo} x");
    LogEvent.OutOfBandBounce event = report(Optional.of("johndoe@example.fict"));
    logger.logOutOfBandBounce(event);
    logger.logOutOfBandBounce(report(Optional.empty()));
    reported = BounceClass.SUBSCRIBE;
    logger.logOutOfBandBounce(report(Optional.empty()));
    logger.logFlush();
    assertThat(lines())
        .hasSize(2)
        .first()
        .asString()
        .isEqualTo(
            "1064868656@%s@%s@00/00-00000-00000000@B@johndoe@example.fict@info@postalengine.com"
                    .formatted(event.message().id(), event.message().batchId())
                + "@group-a@binding-a@21@60@77@unknown"
                + "@550 [internal] [oob] The message is an auto-reply/vacation mail.@ x");
    assertThat(lines().getLast()).contains("@B@@@info@postalengine.com@");
  }

  @Test
  void whatIsNoFormatIsRefused() {
    assertThatThrownBy(() -> logger("%{nothing:x}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "in custom_bounce_logger \"custom_bounce_logger\": user_string: at 1");
  }
}
