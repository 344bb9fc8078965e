package org.impetusmta.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.option.OptionCatalog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MarkerFactory;
import org.slf4j.event.Level;

final class DiagnosticsTest {
  private static final String MANUAL =
      """
      Debug_Flags {
        DEBUG = ()
        INFO = ()
        NOTICE = ()
        WARNING = ()
        ERROR = (TIME FD SMTP LOG1 DNS DNSDS NET SIG MEM DB LIC SSL MOD START ALL)
        CRITICAL = (TIME FD SMTP LOG1 DNS DNSDS NET SIG MEM DB LIC SSL MOD START ALL)
      }
      """;

  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
  private final PanicLog panicLog =
      new PanicLog(new PrintStream(stderr, true, StandardCharsets.UTF_8), PanicLog.Stderr.ALWAYS);
  private final Diagnostics diagnostics =
      new Diagnostics(
          panicLog,
          () ->
              Map.of(
                  "mail_loop",
                  "org.impetusmta.module.mail_loop",
                  "partner",
                  "com.example.partner"));

  private static Generation generation(String text) throws ConfigException {
    OptionCatalog catalog = new OptionCatalog();
    List.of(
            DebugFlags.Options.class,
            DebugFlags.ModuleOptions.class,
            Throttle.Options.class,
            TimestampFormat.Options.class)
        .forEach(set -> catalog.declare(set, "test"));
    List.of("mail_loop", "partner").forEach(name -> catalog.declareStanza(name, "test"));
    return ConfigEngine.ofText(catalog, text).current();
  }

  /** Puts a configuration in force, and logs one message of each kind with each logger. */
  private List<String> passing(String text, String... loggers) throws ConfigException {
    Logback.install(panicLog, Level.INFO);
    Generation now = generation("timestampformat = \"\"\n" + text);
    diagnostics.prepare(now);
    diagnostics.commit(now);
    stderr.reset();
    for (String name : loggers) {
      Logger log = LoggerFactory.getLogger(name);
      log.error(MarkerFactory.getMarker("CRITICAL"), "c");
      log.error("e");
      log.warn("w");
      log.info(MarkerFactory.getMarker("NOTICE"), "n");
      log.info("i");
      log.debug("d");
    }
    return stderr.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @AfterEach
  void reset() {
    Logback.install(panicLog, Level.INFO);
    panicLog.flags(DebugFlags.byDefault(), true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", MANUAL, "Debug_Flags { }", "Debug_Flags { Critical = 131071 }"})
  void errorsAreLoggedAndNothingElseWhereTheManualsDefaultIsInForce(String text) throws Exception {
    diagnostics.ready();
    assertThat(passing(text, "org.impetusmta.core.route.Dns", "com.example.Unknown"))
        .containsExactly(
            "[critical] core.route: c",
            "[error] core.route: e",
            "[critical] com.example.Unknown: c",
            "[error] com.example.Unknown: e");
  }

  @Test
  void warningsAreSeenWhileTheServerStarts() throws Exception {
    assertThat(passing("", "org.impetusmta.core.queue.X"))
        .containsExactly(
            "[critical] core.queue: c", "[error] core.queue: e", "[warning] core.queue: w");
    diagnostics.ready();
    LoggerFactory.getLogger("org.impetusmta.core.queue.X").warn("later");
    assertThat(stderr.toString(StandardCharsets.UTF_8)).doesNotContain("later");
  }

  @Test
  void eachLevelHasItsOwnMask() throws Exception {
    diagnostics.ready();
    assertThat(
            passing(
                "Debug_Flags { Debug = ( dns NET ) Notice = DNS Error = () Critical = SMTP }",
                "org.impetusmta.core.route.Dns",
                "org.impetusmta.core.net.NettyScheduler",
                "org.impetusmta.listener.esmtp.EsmtpSession",
                "org.impetusmta.core.queue.X"))
        .containsExactly(
            "[notice] core.route: n",
            "[debug] core.route: d",
            "[debug] core.net: d",
            "[critical] listener.esmtp: c");
  }

  @ParameterizedTest
  @EnumSource(Subsystem.class)
  void everyFlagShowsItsOwnLoggersOrIsRefusedWithTheReason(Subsystem flag) throws Exception {
    diagnostics.ready();
    for (String said : List.of(flag.name(), Integer.toString(flag.bit()))) {
      String text = "Debug_Flags { Info = ( %s ) }".formatted(said);
      if (flag.noSource().isPresent()) {
        assertThatThrownBy(() -> passing(text))
            .isInstanceOf(ConfigException.class)
            .hasMessageContainingAll(
                "text:2: in debug_flags: option info: the flag " + flag, flag.noSource().get());
        continue;
      }
      List<String> loggers =
          flag == Subsystem.ERROR ? List.of("org.impetusmta.core.queue.X") : flag.loggers();
      for (String logger : loggers) {
        assertThat(passing(text, logger)).as(logger).anyMatch(line -> line.startsWith("[info]"));
      }
      assertThat(passing(text, "com.example.Unknown"))
          .as("of another subsystem")
          .hasSize(flag == Subsystem.ERROR ? 3 : 2);
    }
  }

  @Test
  void aLoggerOfTheTableIsOneThatThereIs() {
    for (Subsystem flag : Subsystem.values()) {
      assertThat(flag.loggers().isEmpty())
          .as("%s has loggers or a reason", flag)
          .isEqualTo(flag.noSource().isPresent() || flag == Subsystem.ERROR);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Debug = DSN|unknown flag \"DSN\"; did you mean DNS?",
        "Debug = MTASTS|did you mean MTA_STS?",
        "Debug = 131072|expected 0 to 131071",
        "Debgu = DNS|did you mean debug?",
        "Warning = ( MTA_STS LIC )|the flag LIC has no messages: Impetus needs no licence",
      })
  void whatIsWrongIsRefused(String option, String why) {
    assertThatThrownBy(() -> passing("Debug_Flags { " + option + " }"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
  }

  @Test
  void aModulesLevelIsThatOfItsMostVerboseStanza() throws Exception {
    diagnostics.ready();
    String quiet = "mail_loop \"a\" { Debug_Level = WARNING }\n";
    assertThat(passing(quiet, "org.impetusmta.module.mail_loop.MailLoop"))
        .containsExactly(
            "[critical] mail_loop: c", "[error] mail_loop: e", "[warning] mail_loop: w");
    assertThat(
            passing(
                quiet + "mail_loop \"b\" { Debug_Level = notice }\npartner { debug_level = debug }",
                "org.impetusmta.module.mail_loop.MailLoop",
                "com.example.partner.sub.Policy",
                "org.impetusmta.module.ec_logger.EcLogger"))
        .containsExactly(
            "[critical] mail_loop: c",
            "[error] mail_loop: e",
            "[warning] mail_loop: w",
            "[notice] mail_loop: n",
            "[critical] com.example.partner.sub.Policy: c",
            "[error] com.example.partner.sub.Policy: e",
            "[warning] com.example.partner.sub.Policy: w",
            "[notice] com.example.partner.sub.Policy: n",
            "[info] com.example.partner.sub.Policy: i",
            "[debug] com.example.partner.sub.Policy: d",
            "[critical] ec_logger: c",
            "[error] ec_logger: e");
    assertThat(passing("", "com.example.partner.sub.Policy")).as("and back").hasSize(2);
  }

  @Test
  void repeatedMessagesAreHeldBackBelowWarning() throws Exception {
    diagnostics.ready();
    String text =
        """
        debug_throttle_max_num_same_message = 2
        debug_throttle_period_secs = 60
        Debug_Flags { Info = ALL Warning = ALL }
        """;
    passing(text);
    Logger log = LoggerFactory.getLogger("org.impetusmta.core.queue.X");
    for (int i = 0; i < 5; i++) {
      log.info("from {}", i);
      log.info("to {}", i);
      log.warn("warning {}", i);
    }
    List<String> lines = stderr.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).filteredOn(line -> line.contains("from")).hasSize(2);
    assertThat(lines).filteredOn(line -> line.contains("to ")).hasSize(2);
    assertThat(lines).filteredOn(line -> line.contains("warning ")).hasSize(5);
    assertThatThrownBy(() -> generation("debug_throttle_period_secs = 61"))
        .isInstanceOf(ConfigException.class);
  }

  @Test
  void countingBeginsAgainWithEachPeriod() {
    AtomicLong nanos = new AtomicLong();
    Throttle throttle = new Throttle(new Throttle.Options(1, Duration.ofSeconds(1)), nanos::get);
    assertThat(throttle.passes("a")).isTrue();
    assertThat(throttle.passes("a")).isFalse();
    assertThat(throttle.passes("b")).isTrue();
    nanos.set(1_000_000_000L);
    assertThat(throttle.passes("a")).isTrue();
  }

  @Test
  void theFormatOfTimesFollowsAtOnceAndTheirResolutionAtTheStart() throws Exception {
    diagnostics.ready();
    Generation fine = generation("log_hires_timestamp = true\ntimestampformat = \"<%S> \"");
    diagnostics.commit(fine);
    Logback.install(panicLog, Level.INFO);
    LoggerFactory.getLogger("x").error("one");
    assertThat(stderr.toString(StandardCharsets.UTF_8))
        .matches("<\\d\\d\\.\\d{6}> \\[error] x: one\n");
    stderr.reset();
    diagnostics.commit(generation(""));
    LoggerFactory.getLogger("x").error("two");
    assertThat(stderr.toString(StandardCharsets.UTF_8))
        .matches(
            "\\[[A-Z].. \\d\\d [A-Z].. \\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{6}] \\[error] x: two\n");
  }
}
