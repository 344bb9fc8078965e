package org.impetusmta.spool.hashed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.StoreListener;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Recovered;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Opens a spool that an earlier version wrote; {@code src/test/resources/spools/NAME} holds one for
 * each form there ever was, and {@code NAME.manifest} what is in it. They are never changed. {@link
 * #main} wrote them; a new form gets a new name.
 */
class HashedUpgradeTest {
  @TempDir Path base;

  private static String manifest(HashedSpool spool, List<Recovered> messages) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Recovered message : messages) {
      EncodedBody body = spool.readEncoded(message.entry());
      CRC32C crc = new CRC32C();
      crc.update(body.octets().toByteArray());
      // field by field: what a later version adds to an envelope is none of this
      Envelope e = message.envelope();
      AttemptState state = message.state();
      List<Object> fields =
          List.of(
              e.id(),
              e.batchId(),
              e.connectionId(),
              e.sender(),
              e.recipient(),
              e.receivedMillis(),
              e.sourceAddress(),
              e.protocol(),
              e.eightBitMime(),
              e.priority(),
              e.bindingGroup(),
              e.binding(),
              e.messageContext(),
              e.connectionContext(),
              state.retries(),
              state.nextAttemptMillis(),
              state.lastReply(),
              body.length(),
              body.encoding(),
              Long.toHexString(crc.getValue()));
      fields.forEach(field -> lines.append(field).append('|'));
      lines.append('\n');
    }
    // text beyond ASCII as numbers, so that the manifest is readable anywhere
    StringBuilder ascii = new StringBuilder();
    lines
        .chars()
        .forEach(
            c ->
                ascii.append(
                    c == '\n' || (c >= ' ' && c < 127)
                        ? Character.toString(c)
                        : "\\u" + HexFormat.of().toHexDigits((char) c)));
    return ascii.toString();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path file : all.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  @Test
  void opens_version_1() throws IOException {
    Path resources = Path.of("src/test/resources/spools");
    copy(resources.resolve("hashed-1"), base);
    HashedSpool spool =
        HashedSpool.open(base, TestPools.direct(() -> true), InstantSource.system());
    SpoolClient.Harvest harvest = SpoolClient.recover(spool);
    assertThat(harvest.recovery().damagedRecords()).isZero();
    assertThat(harvest.messages()).hasSize(7);
    assertThat(manifest(spool, harvest.messages()))
        .isEqualTo(Files.readString(resources.resolve("hashed-1.manifest")));
    spool.close();
  }

  /** Writes such a spool; arguments: the folder, the manifest. */
  public static void main(String... args) throws IOException {
    Path base = Path.of(args[0]);
    TestEventLoop loop = new TestEventLoop(0);
    SpoolClient client = new SpoolClient();
    HashedSpool spool =
        HashedSpool.open(base, TestPools.direct(() -> true), InstantSource.system());
    SpoolClient.recover(spool);
    SpoolClient.store(
        spool,
        loop,
        List.of(client.envelope("a@x.example"), client.envelope("b@y.example")),
        SpoolClient.body("Subject: a batch\r\n\r\n..of two\r\n"));
    SpoolEntry tried =
        SpoolClient.store(
                spool,
                loop,
                List.of(client.envelope("tried@x.example", Map.of("key", "value"))),
                SpoolClient.body("tried\r\n"))
            .get(0);
    spool.update(tried, new AttemptState(3, 1_800_000_000_000L, "450 4.2.0 später, 日本"));
    Envelope before = client.envelope("bound@x.example");
    SpoolEntry bound =
        SpoolClient.store(spool, loop, List.of(before), SpoolClient.body("bound\r\n")).get(0);
    spool.rewrite(
        bound,
        new Envelope(
            before.id(),
            before.batchId(),
            before.connectionId(),
            before.sender(),
            before.recipient(),
            before.receivedMillis(),
            before.sourceAddress(),
            before.protocol(),
            true,
            true,
            "other group",
            "other binding",
            Map.of("lone", "\uD800"),
            Map.of()),
        AttemptState.NEW);
    SpoolClient.store(
        spool, loop, List.of(client.envelope("empty@x.example")), SpoolClient.body(""));
    SpoolClient.store(
        spool, loop, List.of(client.envelope("big@x.example")), SpoolClient.body(3000, 1));
    SpoolEntry gone =
        SpoolClient.store(
                spool, loop, List.of(client.envelope("gone@x.example")), SpoolClient.body("gone"))
            .get(0);
    spool.unlink(gone);
    List<IOException> failures = new ArrayList<>();
    spool.store(
        List.of(client.envelope("zipped@x.example")),
        AttemptState.NEW,
        new EncodedBody(SpoolClient.body("not really gzip"), 1, 1234),
        loop,
        new StoreListener() {
          @Override
          public void stored(List<SpoolEntry> entries) {}

          @Override
          public void failed(IOException cause) {
            failures.add(cause);
          }
        });
    spool.close();
    Files.delete(base.resolve("spool.lock"));
    HashedSpool again =
        HashedSpool.open(base, TestPools.direct(() -> true), InstantSource.system());
    String manifest = manifest(again, SpoolClient.recover(again).messages());
    again.close();
    Files.delete(base.resolve("spool.lock"));
    Files.write(Path.of(args[1]), manifest.getBytes(StandardCharsets.US_ASCII));
    loop.close();
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }
}
