package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A segment that is not needed any more becomes the next one. */
class SpareSegmentTest {
  @TempDir Path base;

  @ParameterizedTest
  @EnumSource(names = {"BEFORE", "AFTER"})
  void aSpareWhoseRenamingFailedDoesNotStandInTheWay(FaultyDisk.Failing how) throws IOException {
    FaultyDisk disk = new FaultyDisk();
    JournalDirectory directory = new JournalDirectory(base, TestSettings.RESTLESS, disk);
    JournalDirectory.Opened first = directory.create(0);
    first.channel().write(ByteBuffer.allocate(4096), 0);
    first.channel().close();
    directory.discard(first.segment());
    assertThat(base.resolve("journal/0000000001.spare")).exists();

    disk.failCalls(1, 1, how);
    assertThatThrownBy(() -> directory.create(1)).isInstanceOf(IOException.class);
    disk.heal();

    JournalDirectory.Opened next = directory.create(2);
    next.channel().close();
    assertThat(next.segment().file()).exists();
    try (var files = Files.list(base.resolve("journal"))) {
      assertThat(files).containsExactly(next.segment().file());
    }
  }
}
