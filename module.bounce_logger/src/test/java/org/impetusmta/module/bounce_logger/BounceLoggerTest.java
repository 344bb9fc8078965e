package org.impetusmta.module.bounce_logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.log.BouncedMail;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines have the fields of the manual, each in its place. */
final class BounceLoggerTest {
  @TempDir Path folder;

  private final ManualClock clock = new ManualClock(BouncedMail.BEGIN);
  private final List<BounceLogger> open = new ArrayList<>();
  private final BouncedMail mail = new BouncedMail();

  @AfterEach
  void close() {
    open.forEach(BounceLogger::close);
  }

  private BounceLogger logger(boolean inBand, boolean outOfBand, boolean transientFailures)
      throws ConfigException {
    BounceLogger logger =
        new BounceLogger(
            new BounceLogger.Options(
                folder.resolve("bouncelog.ec").toString(),
                0644,
                Duration.ofSeconds(60),
                inBand,
                outOfBand,
                transientFailures),
            "bounce_logger",
            mail,
            new FileWrappers(),
            clock,
            false);
    open.add(logger);
    return logger;
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(folder.resolve("bouncelog.ec"));
  }

  @Test
  void everyFieldOfTheInventory() throws Exception {
    BounceLogger logger = logger(true, true, true);
    logger.logPermanentFailure(
        mail.failure(true, "554 5.4.7 [internal] exceeded max time without delivery"));
    logger.logTransientFailure(mail.failure(false, "450 4.2.0 a@b"));
    clock.advance(Duration.ofSeconds(60));
    logger.logFlush();
    Map<String, String> replies =
        Map.of(
            "B", "554 5.4.7 [internal] exceeded max time without delivery", "T", "450 4.2.0 a@b");
    assertThat(mail.compare("bouncelog", lines(), replies, Map.entry("empty", ""))).isEqualTo(37);
  }

  @Test
  void whatCameBackIsOfTheOriginalMail() throws Exception {
    BounceLogger logger = logger(true, true, true);
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
                + "@550 [internal] [oob] The message is an auto-reply/vacation mail.");
    assertThat(lines().getLast()).contains("@B@@@info@postalengine.com@");
  }

  @Test
  void whatIsSwitchedOffIsNotWritten() throws Exception {
    BounceLogger logger = logger(false, false, false);
    logger.logPermanentFailure(mail.failure(true, "550 x"));
    logger.logTransientFailure(mail.failure(false, "450 x"));
    logger.logOutOfBandBounce(BouncedMail.report(Optional.empty()));
    logger.logFlush();
    assertThat(lines()).isEmpty();
  }

  @Test
  void mailThatCameBackAndWasDroppedIsOneLine() throws Exception {
    BounceLogger logger = logger(true, true, true);
    logger.logOutOfBandBounce(BouncedMail.report(Optional.empty()));
    logger.logPermanentFailure(mail.failure(true, "550 5.7.1 " + LogEvent.OutOfBandBounce.DROPPED));
    logger.logFlush();
    assertThat(lines()).hasSize(1);
  }

  @Test
  void aReplyForgesNoLine() throws Exception {
    BounceLogger logger = logger(true, true, true);
    logger.logPermanentFailure(mail.failure(true, "550 a\n1@@@@M1\u001b[2J"));
    logger.logFlush();
    assertThat(lines()).hasSize(1).first().asString().endsWith("@550 a\\n1@@@@M1\\x1B[2J");
  }

  @Test
  void aLogThatCannotBeOpenedIsRefused() {
    assertThatThrownBy(
            () ->
                new BounceLogger(
                    new BounceLogger.Options("/proc/none/x", 0644, Duration.ZERO, true, true, true),
                    "b",
                    mail,
                    new FileWrappers(),
                    clock,
                    false))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("in bounce_logger \"b\": bouncelog = \"/proc/none/x\"");
  }
}
