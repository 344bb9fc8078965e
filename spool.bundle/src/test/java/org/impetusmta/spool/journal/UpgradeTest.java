package org.impetusmta.spool.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.SpoolClient.Recovered;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Opens spools that earlier versions wrote, and finds what their manifests say. They are never
 * written anew: whoever changes the format adds another one ({@link UpgradeSample}) and keeps these
 * open.
 */
class UpgradeTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"journal-1/clean", "journal-1/crashed"})
  void opensWhatAnEarlierVersionWrote(String name) throws IOException, URISyntaxException {
    Path sample =
        Path.of(Objects.requireNonNull(UpgradeTest.class.getResource("/spools/" + name)).toURI());
    List<String> manifest = Files.readAllLines(sample.resolve("manifest.txt"), UTF_8);
    assertThat(manifest).hasSize(12);
    boolean indexes = false;
    for (boolean useIndexes : new boolean[] {true, false}) {
      Path base = folder.resolve("copy" + useIndexes);
      Path journal = Files.createDirectories(base.resolve("journal"));
      try (var files = Files.list(sample.resolve("journal"))) {
        for (Path file : files.toList()) {
          boolean index = file.toString().endsWith(".index");
          indexes |= index;
          if (useIndexes || !index) {
            Files.copy(file, journal.resolve(file.getFileName().toString()));
          }
        }
      }
      // twice: what the first one repairs and indexes, the second one must read too
      check(base, manifest);
      check(base, manifest);
    }
    assertThat(indexes).isEqualTo(name.endsWith("clean"));
  }

  private static void check(Path base, List<String> manifest) throws IOException {
    JournalSpool spool =
        new JournalSpool(
            base, JournalSettings.of(() -> true, 0640), Disk.SYSTEM, InstantSource.system());
    Harvest harvest = SpoolClient.recover(spool);
    assertThat(harvest.recovery().damagedRecords()).isZero();
    List<String> found = new ArrayList<>();
    for (Recovered message : harvest.messages()) {
      found.add(
          line(
              message.envelope(),
              message.state(),
              message.bodyLength(),
              spool.readEncoded(message.entry())));
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(manifest);
    spool.close();
  }

  /** A message as a line of the manifest: ASCII, one line, everything in it. */
  static String line(Envelope envelope, AttemptState state, int length, EncodedBody body) {
    // field by field: what a later version adds to a record does not change what was written
    String told =
        String.join(
            " ",
            "id=" + envelope.id(),
            "batch=" + envelope.batchId(),
            "connection=" + envelope.connectionId(),
            "sender=<" + envelope.sender() + ">",
            "recipient=<" + envelope.recipient() + ">",
            "received=" + envelope.receivedMillis(),
            "source=" + envelope.sourceAddress(),
            "protocol=" + envelope.protocol(),
            "eightBitMime=" + envelope.eightBitMime(),
            "priority=" + envelope.priority(),
            "group=" + envelope.bindingGroup(),
            "binding=" + envelope.binding(),
            "retries=" + state.retries(),
            "next=" + state.nextAttemptMillis(),
            "reply=<" + state.lastReply() + ">",
            "length=" + length,
            "encoding=" + body.encoding(),
            "crc32c=%08x".formatted(BatchReader.crc(body.octets())),
            "message=" + envelope.messageContext(),
            "connection=" + envelope.connectionContext());
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < told.length(); i++) {
      char c = told.charAt(i);
      line.append(c < ' ' || c > '~' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
    }
    return line.toString();
  }
}
