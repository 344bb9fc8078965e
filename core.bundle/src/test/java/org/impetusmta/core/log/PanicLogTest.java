package org.impetusmta.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.impetusmta.api.hook.LogDelivery;
import org.impetusmta.api.hook.LogError;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.log.LogEvent.Diagnostic;
import org.impetusmta.testkit.console.Typed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

final class PanicLogTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
  private final ListOfHooks hooks = new ListOfHooks();
  private final List<Diagnostic> logged = Collections.synchronizedList(new ArrayList<>());
  private final EventLogThread log =
      new EventLogThread(hooks, 1000, new HookFailures(System::nanoTime), line -> {});

  private PanicLog panicLog = panicLog(PanicLog.Stderr.UNTIL_LOGGED);

  private PanicLog panicLog(PanicLog.Stderr when) {
    PanicLog made = new PanicLog(new PrintStream(stderr, true, StandardCharsets.UTF_8), when);
    Logback.install(made, Level.INFO);
    return made;
  }

  @BeforeEach
  void connect() {
    panicLog.connect(log);
    panicLog.timestamps(new TimestampFormat("%Y ", false));
  }

  @AfterEach
  void close() throws InterruptedException {
    log.close();
  }

  private String stderr() {
    return stderr.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatIsLoggedWithSlf4jReachesTheLoggersAndMemory() throws Exception {
    hooks.add(LogError.class, "ec_logger", logged::add);
    LoggerFactory.getLogger("org.impetusmta.module.mail_loop.MailLoop").warn("loop {}", 1);
    LoggerFactory.getLogger("org.impetusmta.core.log.X").debug("not at INFO");
    LoggerFactory.getLogger("io.netty.Channel").info("not from a library");
    LoggerFactory.getLogger("io.netty.Channel").warn("this is");
    log.flush(LONG);
    assertThat(logged)
        .extracting(d -> d.level() + " " + d.source() + " " + d.text())
        .containsExactly("WARNING mail_loop loop 1", "WARNING io.netty.Channel this is");
    assertThat(panicLog.recent()).isEqualTo(logged);
    assertThat(stderr()).isEmpty();
  }

  @Test
  void withoutALoggerStderrGetsTheLine() {
    LoggerFactory.getLogger("org.impetusmta.core.net.X")
        .error("bad\nline", new IllegalStateException("why", new java.io.IOException("disk")));
    assertThat(stderr())
        .matches(
            "\\d{4} \\[error] core\\.net: bad\\\\nline; java\\.lang\\.IllegalStateException: why at"
                + " .*; caused by java\\.io\\.IOException: disk.*\n");
  }

  @Test
  void inTheForegroundStderrGetsTheLineToo() throws Exception {
    panicLog = panicLog(PanicLog.Stderr.ALWAYS);
    connect();
    hooks.add(LogError.class, "ec_logger", logged::add);
    LoggerFactory.getLogger("org.impetusmta.core.net.X").info("here");
    log.flush(LONG);
    assertThat(logged).hasSize(1);
    assertThat(stderr()).endsWith("[info] core.net: here\n");
  }

  @Test
  void whatALoggerSaysOnTheLogThreadDoesNotFeedItself() throws Exception {
    panicLog = panicLog(PanicLog.Stderr.NEVER);
    connect();
    hooks.add(LogError.class, "ec_logger", logged::add);
    hooks.add(
        LogFlush.class,
        "ec_logger",
        () -> LoggerFactory.getLogger("org.impetusmta.module.ec_logger.X").error("disk full"));
    log.flush(LONG);
    log.flush(LONG);
    assertThat(logged).isEmpty();
    assertThat(stderr()).contains("[error] ec_logger: disk full\n");
    assertThat(panicLog.recent()).hasSizeGreaterThan(1);
  }

  @Test
  void aFailingLoggerIsReportedThroughSlf4j() throws Exception {
    hooks.add(
        LogDelivery.class,
        "partner",
        e -> {
          throw new IllegalStateException("full moon");
        });
    log.append(new LogEvent.Delivery(0, Messages.NONE, "d", 0, "g", "b", 0, "ip", Messages.OK));
    log.flush(LONG);
    assertThat(stderr()).contains("[error] core.log: logger partner failed").contains("full moon");
  }

  @Test
  void theConsoleShowsTheLastTenOfEachLevel() {
    for (int i = 0; i < 12; i++) {
      panicLog.add(new Diagnostic(0, LogEvent.Level.INFO, "core.net", "info " + i));
    }
    panicLog.add(new Diagnostic(0, LogEvent.Level.ERROR, "dns", "error"));
    Typed typed = Typed.words();
    new PaniclogCommand(panicLog).run(typed);
    List<String> lines = typed.lines();
    assertThat(lines).hasSize(11);
    assertThat(lines.getFirst()).endsWith("[error] dns: error");
    assertThat(lines.get(1)).endsWith("[info] core.net: info 2");
    assertThat(lines.getLast()).endsWith("[info] core.net: info 11");
  }
}
