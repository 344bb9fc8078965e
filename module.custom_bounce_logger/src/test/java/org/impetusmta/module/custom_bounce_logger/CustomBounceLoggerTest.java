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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.log.LogFormat;
import org.impetusmta.log.Sanitizer;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.log.BouncedMail;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines have the fields of the manual, each in its place. */
final class CustomBounceLoggerTest {
  @TempDir Path folder;

  private final ManualClock clock = new ManualClock(BouncedMail.BEGIN);
  private final List<CustomBounceLogger> open = new ArrayList<>();
  private final BouncedMail mail = new BouncedMail();

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
            mail,
            new FileWrappers(),
            clock,
            false,
            formats);
    open.add(logger);
    return logger;
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(folder.resolve("bouncelog.ec"));
  }

  @Test
  void everyFieldOfTheInventory() throws Exception {
    CustomBounceLogger logger = logger("%{vctx_conn:foo} x");
    mail.message.connectionContext().set("foo", "bar");
    assertThat(logger.dictionaries()).isTrue();
    assertThat(logger.bodies()).isFalse();
    logger.logPermanentFailure(
        mail.failure(true, "554 5.4.7 [internal] exceeded max time without delivery"));
    logger.logTransientFailure(mail.failure(false, "450 4.2.0 a@b"));
    clock.advance(Duration.ofSeconds(60));
    logger.logFlush();
    Map<String, String> replies =
        Map.of(
            "B",
            "554 5.4.7 [internal] exceeded max time without delivery",
            "T",
            "450 4.2.0 a\\x40b");
    assertThat(
            mail.compare(
                "bouncelog(custom_bounce_logger)",
                lines(),
                replies,
                Map.entry("user_string", "bar x")))
        .isEqualTo(17);
  }

  @Test
  void whatCameBackIsOfTheOriginalMail() throws Exception {
    CustomBounceLogger logger = logger("%{vctx_conn:foo} x");
    LogEvent.OutOfBandBounce event = BouncedMail.report(Optional.of("johndoe@example.fict"));
    logger.logOutOfBandBounce(event);
    logger.logOutOfBandBounce(BouncedMail.report(Optional.empty()));
    mail.reported = BounceClass.SUBSCRIBE;
    logger.logOutOfBandBounce(BouncedMail.report(Optional.empty()));
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
