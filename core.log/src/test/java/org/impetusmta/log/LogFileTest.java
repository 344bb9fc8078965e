package org.impetusmta.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogFileTest {
  @TempDir Path folder;

  private final AtomicLong millis = new AtomicLong(1_000_000);
  private final List<String> reports = new ArrayList<>();
  private final AtomicInteger waits = new AtomicInteger();

  private LogFile open(Path path) throws IOException {
    return LogFile.open(
        new FileSink.Named(path, 0644),
        () -> Instant.ofEpochMilli(millis.get()),
        reports::add,
        () -> {
          waits.incrementAndGet();
          millis.addAndGet(1000);
        });
  }

  private static void line(LogFile file, String text) {
    file.line().text(text);
    file.endLine();
  }

  /** /dev/full takes no octet: a disk that is full, in every kernel. */
  private Path full() throws IOException {
    Path dev = Path.of("/dev/full");
    assumeThat(dev).exists();
    return Files.createSymbolicLink(folder.resolve("log"), dev);
  }

  @Test
  void aFullDiskLosesNoLine() throws IOException {
    Path link = full();
    LogFile file = open(link);
    line(file, "one");
    file.write();
    line(file, "two");
    file.write();
    millis.addAndGet(5000);
    file.write();
    assertThat(reports)
        .singleElement()
        .asString()
        .startsWith("cannot write " + link)
        .endsWith("keeping 4 octets");
    Files.delete(link); // the disk has room again
    file.write();
    assertThat(link).doesNotExist(); // asked again after a second only
    millis.addAndGet(1000);
    file.write();
    assertThat(Files.readAllLines(link)).containsExactly("one", "two");
    assertThat(reports).hasSize(2).last().asString().contains("is written again");
    file.close();
  }

  @Test
  void whenTooMuchIsKeptTheLogThreadSlowsDown() throws IOException {
    Path link = full();
    LogFile file = open(link);
    String kibi = "x".repeat(1023);
    for (int i = 0; i < LogFile.KEEP / 1024; i++) {
      line(file, kibi);
    }
    assertThat(waits).hasValue(0);
    line(file, kibi);
    line(file, kibi);
    assertThat(waits).hasValue(2);
    Files.delete(link);
    millis.addAndGet(1000);
    file.write();
    assertThat(Files.size(link)).isEqualTo(LogFile.KEEP + 2048L);
    file.close();
  }

  @Test
  void aFileThatCannotBeReopenedIsKept() throws IOException {
    Path path = folder.resolve("log");
    Path aside = folder.resolve("aside");
    LogFile file = open(path);
    line(file, "one");
    Files.move(path, aside);
    Files.createDirectory(path);
    assertThat(file.reopen()).isFalse();
    line(file, "two");
    file.write();
    assertThat(Files.readAllLines(aside)).containsExactly("one", "two");
    assertThat(reports).singleElement().asString().startsWith("cannot reopen " + path);
    Files.delete(path);
    assertThat(file.reopen()).isTrue();
    line(file, "three");
    file.close();
    assertThat(Files.readAllLines(path)).containsExactly("three");
  }

  @Test
  void manyLinesAreWrittenWithoutAFlush() throws IOException {
    Path path = folder.resolve("log");
    LogFile file = open(path);
    String line = "y".repeat(99);
    for (int i = 0; i < 700; i++) {
      line(file, line);
    }
    assertThat(Files.size(path)).isBetween((long) LogFile.WRITE_AT, 70_000L - 1);
    file.close();
    assertThat(Files.size(path)).isEqualTo(70_000);
  }

  @Test
  void whatTheDiskStillRefusesAtTheEndIsSaid() throws IOException {
    LogFile file = open(full());
    line(file, "one");
    file.close();
    assertThat(reports).last().asString().endsWith("4 octets are lost");
    assertThat(waits).hasValue(2);
  }
}
