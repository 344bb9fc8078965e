package org.impetusmta.module.chunk_logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.hook.ChunkLoggerLog;
import org.impetusmta.testkit.io.FileWrappers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChunkLoggerTest {
  private final List<ChunkLogger> open = new ArrayList<>();
  @TempDir Path folder;

  @AfterEach
  void close() {
    open.forEach(ChunkLogger::close);
  }

  private ChunkLogger logger(Optional<String> format, boolean addNewline) throws ConfigException {
    ChunkLogger logger =
        new ChunkLogger(
            new ChunkLogger.Options(
                format, Optional.of(folder.resolve("log/policylog.cl").toString()), addNewline),
            "chunk_logger1",
            new FileWrappers(),
            () -> Instant.ofEpochSecond(1356769421),
            ZoneOffset.UTC);
    open.add(logger);
    return logger;
  }

  private String written() throws IOException {
    return Files.readString(folder.resolve("log/policylog.cl"));
  }

  @Test
  void anItemIsALineWithItsTime() throws Exception {
    ChunkLogger logger = logger(Optional.empty(), true);
    logger.chunkLoggerLog(ChunkLoggerLog.DEFAULT, "received after 0.040929 s");
    logger.chunkLoggerLog("elsewhere", "two\nlines \u0007 h\u00fclle");
    assertThat(written()).as("nothing is written by who logs").isEmpty();
    logger.logFlush();
    assertThat(written())
        .isEqualTo(
            """
            1356769421: received after 0.040929 s
            1356769421: two\\nlines \\x07 h\u00fclle
            """);
  }

  @Test
  void theTimeIsThatOfTheFormat() throws Exception {
    ChunkLogger logger = logger(Optional.of("%m:%d:%H:%M:%S"), true);
    logger.chunkLoggerLog(ChunkLoggerLog.DEFAULT, "x");
    logger.logFlush();
    assertThat(written()).isEqualTo("12:29:08:23:41: x\n");
  }

  @Test
  void itemsBringTheirOwnLineEnds() throws Exception {
    ChunkLogger logger = logger(Optional.empty(), false);
    logger.chunkLoggerLog(ChunkLoggerLog.DEFAULT, "a\r\nb\n");
    logger.chunkLoggerLog(ChunkLoggerLog.DEFAULT, "c");
    logger.logFlush();
    assertThat(written()).isEqualTo("1356769421: a\\r\nb\n1356769421: c");
  }

  @Test
  void whatHasNoRoomIsCounted() throws Exception {
    ChunkLogger logger = logger(Optional.empty(), true);
    String item = "x".repeat(1024 * 1024);
    IntStream.range(0, 20).forEach(_ -> logger.chunkLoggerLog(ChunkLoggerLog.DEFAULT, item));
    logger.logFlush();
    List<String> lines = written().lines().toList();
    assertThat(lines).hasSize(17);
    assertThat(lines.getLast())
        .isEqualTo("1356769421: chunk_logger: 4 items had no room and are lost");
    logger.chunkLoggerLog(ChunkLoggerLog.DEFAULT, "again");
    logger.logFlush();
    assertThat(written()).endsWith("\n1356769421: again\n");
  }

  @Test
  void whatWaitsIsWrittenAtTheEnd() throws Exception {
    ChunkLogger logger = logger(Optional.empty(), true);
    logger.chunkLoggerLog(ChunkLoggerLog.DEFAULT, "last");
    logger.close();
    assertThat(written()).isEqualTo("1356769421: last\n");
  }

  @Test
  void badOptionsAreRefused() {
    assertThatThrownBy(() -> logger(Optional.of("%Q"), true))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "in chunk_logger \"chunk_logger1\": timestamp_format: the time format \"%Q\" has an"
                + " unknown conversion %Q");
    assertThatThrownBy(
            () ->
                new ChunkLogger(
                    new ChunkLogger.Options(Optional.empty(), Optional.empty(), true),
                    "c",
                    new FileWrappers(),
                    Instant::now,
                    ZoneOffset.UTC))
        .isInstanceOf(ConfigException.class)
        .hasMessage("in chunk_logger \"c\": destination is not set, expected a path or a URI");
  }
}
