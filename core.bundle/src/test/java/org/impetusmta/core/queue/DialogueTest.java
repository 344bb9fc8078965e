package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.hook.DeliveryResponse;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.queue.DialogueTraces.Tracer;
import org.impetusmta.testkit.queue.FakeDeliveryMethod;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.MemorySpool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What modules and operators have to do with outbound dialogues. */
final class DialogueTest {
  private static QueueFixture refusing(QueueFixture t, String reply) {
    t.method.script(
        new FakeDeliveryMethod.Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            return Optional.of(Reply.parse(reply));
          }
        });
    return t;
  }

  @ParameterizedTest
  @CsvSource({
    "550 5.1.1 gone, 450 4.2.0 later, T",
    "450 4.2.0 later, 550 5.1.1 gone, P",
    "450 4.2.0 later, 250 2.0.0 fine, T",
  })
  void modulesMayMakeAnotherReplyOfARefusal(String said, String made, String record) {
    QueueFixture t = refusing(new QueueFixture(), said);
    DeliveryResponse module = (delivery, message, stage, reply) -> Reply.parse(made);
    t.hooks.add(DeliveryResponse.class, module);
    t.mail("", "r@a.example");
    t.run();
    String kept = made.startsWith("2") ? said : made;
    assertThat(t.events()).first().asString().startsWith(record).endsWith(kept);
  }

  @Test
  void aModuleThatFailsChangesNothing() {
    QueueFixture t = refusing(new QueueFixture(), "450 4.2.0 later");
    DeliveryResponse module =
        (delivery, message, stage, reply) -> {
          throw new IllegalStateException("broken");
        };
    t.hooks.add(DeliveryResponse.class, module);
    t.mail("", "r@a.example");
    t.run();
    assertThat(t.events()).first().asString().endsWith("450 4.2.0 later");
  }

  @Test
  void tracesAreWrittenOffTheLoop(@TempDir Path folder) throws IOException {
    QueueFixture t =
        new QueueFixture(new MemorySpool(), true, Map.of("trace_smtp_mode", "" + 0600));
    t.mail("s@b.example", "r@a.example");
    t.run();
    Delivery connection = t.method.last().delivery();
    assertThat(connection.trace()).isEmpty();
    Path file = folder.resolve("trace");
    Tracer all = t.queues.traces().add("*", "a.example", file);
    t.queues.traces().add("*", "other.example", folder.resolve("none"));
    connection
        .trace()
        .ifPresent(
            trace -> {
              trace.sent("EHLO a\u001b[2J");
              trace.received("250-one\ntwo");
            });
    assertThat(Files.size(file)).isZero();
    t.run();
    assertThat(Files.readString(file).lines().map(line -> line.replaceFirst("^\\S+ \\d+ ", "")))
        .containsExactly(
            connection.binding() + " a.example 192.0.2.1 -> EHLO a\\x1B[2J",
            connection.binding() + " a.example 192.0.2.1 <- 250-one",
            connection.binding() + " a.example 192.0.2.1 <- two");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(all.octets()).isEqualTo(Files.size(file));
    assertThat(Files.size(folder.resolve("none"))).isZero();
    assertThat(t.queues.traces().remove(all.number())).isTrue();
    assertThat(t.queues.traces().remove(all.number())).isFalse();
    t.run();
    assertThat(connection.trace()).isEmpty();
  }
}
