package org.impetusmta.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.hook.LogDetails;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.BodyRegion;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.core.message.MailMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What loggers see of a message that changes after something happened to it. */
@Timeout(60)
final class LoggedMessageTest {
  private final ListOfHooks hooks = new ListOfHooks();
  private final List<Message> seen = new CopyOnWriteArrayList<>();
  private final List<String> keys = new CopyOnWriteArrayList<>();
  private final EventLogThread log =
      new EventLogThread(hooks, 10, new HookFailures(System::nanoTime), System.err::println);

  @AfterEach
  void close() throws InterruptedException {
    log.close();
  }

  private record Wanted(boolean dictionaries, boolean bodies) implements LogDetails {}

  private static MailMessage message(Body body) {
    MailMessage message =
        new MailMessage(
            MessageId.NONE,
            MessageId.NONE,
            MessageId.NONE,
            Address.NULL,
            Address.of("a@example.com"),
            "unknown",
            "internal",
            0,
            false,
            body);
    Context context = new Context();
    context.set("key", "then");
    message.contexts(context, new Context());
    return message;
  }

  private void append(MailMessage message) {
    log.append(new LogEvent.Reception(0, message, "g", "b"));
  }

  @Test
  void dictionariesAreThoseOfTheMoment() throws Exception {
    hooks.add(LogDetails.class, "a", new Wanted(true, false));
    hooks.add(
        LogReception.class,
        "a",
        event -> keys.add(event.message().context().get("key").orElse("none")));
    MailMessage message = message(Body.of());
    log.pause();
    append(message);
    message.context().set("key", "now");
    append(message);
    log.resume();
    assertThat(log.flush(Duration.ofSeconds(30))).isTrue();
    assertThat(keys).containsExactly("then", "now");
  }

  @Test
  void whereNobodyAsksTheMessageIsTheOneOfTheQueue() throws Exception {
    hooks.add(LogDetails.class, "a", new Wanted(false, false));
    hooks.add(LogReception.class, "a", event -> seen.add(event.message()));
    MailMessage message = message(Body.of());
    append(message);
    assertThat(log.flush(Duration.ofSeconds(30))).isTrue();
    assertThat(seen).containsExactly(message);
  }

  @Test
  void aBodyStaysUntilItIsLogged() throws Exception {
    hooks.add(LogDetails.class, "a", new Wanted(false, true));
    hooks.add(
        LogReception.class,
        "a",
        event -> keys.add(event.message().body().header("Subject").orElse("none")));
    AtomicInteger released = new AtomicInteger();
    byte[] octets = "Subject: s\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    Body body =
        Body.of(
            new BodyRegion(
                Path.of("none"), 0, ByteBuffer.wrap(octets), true, released::incrementAndGet));
    MailMessage message = message(Body.of());
    message.swapIn(body);
    log.pause();
    append(message);
    message.forgetBody();
    assertThat(released).hasValue(0);
    log.resume();
    assertThat(log.flush(Duration.ofSeconds(30))).isTrue();
    assertThat(keys).containsExactly("s");
    assertThat(released).hasValue(1);
  }

  @Test
  void whatIsNowhereIsSaidToBeGone() throws Exception {
    hooks.add(LogDetails.class, "a", new Wanted(true, true));
    hooks.add(LogReception.class, "a", event -> seen.add(event.message()));
    MailMessage message = message(Body.of());
    message.forgetBody();
    append(message);
    assertThat(log.flush(Duration.ofSeconds(30))).isTrue();
    assertThatThrownBy(() -> seen.getFirst().body()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> seen.getFirst().setPriority(true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("loggers cannot change message");
  }
}
