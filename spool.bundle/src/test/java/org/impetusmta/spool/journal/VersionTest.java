package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.impetusmta.testkit.spool.SpoolClient.body;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a later version wrote is refused and left as it is. */
class VersionTest {
  private static final int VERSION_AT = 7;

  @TempDir Path base;

  private final TestEventLoop loop = new TestEventLoop(0);
  private Path segment = Path.of("");

  @BeforeEach
  void fill() throws IOException {
    JournalSpool spool = open();
    SpoolClient.store(spool, loop, List.of(new SpoolClient().envelope("a@x")), body("of it"));
    spool.close();
    segment = base.resolve("journal/0000000001.journal");
  }

  @AfterEach
  void tearDown() {
    loop.close();
  }

  private JournalSpool open() throws IOException {
    return new JournalSpool(
        base, JournalSettings.of(() -> true, 0640), Disk.SYSTEM, InstantSource.system());
  }

  private Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    try (var files = Files.list(base.resolve("journal"))) {
      for (Path file : files.toList()) {
        contents.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return contents;
  }

  @Test
  void anUnknownVersionIsRefusedUntouched() throws IOException {
    byte[] octets = Files.readAllBytes(segment);
    octets[VERSION_AT] = 2;
    octets[SegmentHeader.COPY_AT + VERSION_AT] = 2;
    Files.write(segment, octets);
    Map<String, byte[]> before = files();
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(segment.toString())
        .hasMessageContaining("version");
    assertThat(files()).hasSameSizeAs(before).containsAllEntriesOf(before);
    // the lock is free again: another process may have it
    assertThatThrownBy(this::open).hasMessageContaining("version");
  }

  @Test
  void oneFlippedOctetIsNoVersion() throws IOException {
    byte[] octets = Files.readAllBytes(segment);
    octets[VERSION_AT] ^= 4;
    Files.write(segment, octets);
    JournalSpool spool = open();
    assertThat(SpoolClient.recover(spool).recipients()).containsExactly("a@x");
    spool.close();
  }
}
