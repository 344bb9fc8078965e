package org.impetusmta.testkit.spool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;

/** Makes messages and waits for what a spool answers. Thread-safety: none. */
public final class SpoolClient {
  private static final long PATIENCE_SECONDS = 60;

  private int counter;

  /** What a recovery handed over. */
  public record Recovered(
      SpoolEntry entry, Envelope envelope, AttemptState state, int bodyLength) {}

  /** All that a recovery handed over, in order. */
  public record Harvest(List<Recovered> messages, Spool.Recovery recovery) {
    /** The recipients, in order. */
    public List<String> recipients() {
      return messages.stream().map(m -> m.envelope().recipient().toString()).toList();
    }
  }

  /** An envelope with an id of its own and something in every field. */
  public Envelope envelope(String recipient) {
    return envelope(recipient, Map.of());
  }

  /** An envelope with an id of its own and the message dictionary given. */
  public Envelope envelope(String recipient, Map<String, String> context) {
    MessageId id = MessageId.of(++counter, 4711, 1_700_000_000L + (counter >>> 16));
    return new Envelope(
        id,
        MessageId.of(1, 4711, id.seconds()),
        MessageId.of(2, 4711, id.seconds()),
        Address.of("sender@example.org"),
        Address.of(recipient),
        1_700_000_000_123L + counter,
        "192.0.2.1",
        "esmtp",
        counter % 2 == 0,
        counter % 3 == 0,
        "group",
        "binding",
        context,
        context.isEmpty() ? Map.of() : Map.of("hello", "client.example"));
  }

  /** A dictionary with what could go wrong: order, empty values, text beyond ASCII. */
  public static Map<String, String> awkwardContext() {
    Map<String, String> context = new LinkedHashMap<>();
    context.put("zeta", "");
    context.put("", "empty key");
    context.put("alpha", "grüße, 日本語, \uD83D\uDE00, lone \uD800, nul \0 and\r\nlines");
    context.put("long", "x".repeat(70_000));
    return context;
  }

  /** A body of lines, the same for the same seed. */
  public static Body body(int length, long seed) {
    byte[] octets = new byte[length];
    Random random = new Random(seed);
    for (int i = 0; i < length; i++) {
      octets[i] = (byte) (i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'a' + random.nextInt(26));
    }
    return Body.of(octets);
  }

  public static Body body(String text) {
    return Body.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Stores without waiting. */
  public static CompletableFuture<List<SpoolEntry>> post(
      Spool spool, EventLoop loop, List<Envelope> envelopes, Body body) {
    CompletableFuture<List<SpoolEntry>> answer = new CompletableFuture<>();
    spool.store(
        envelopes,
        body,
        loop,
        new Spool.StoreListener() {
          @Override
          public void stored(List<SpoolEntry> entries) {
            if (loop.inEventLoop()) {
              answer.complete(entries);
            } else {
              answer.completeExceptionally(new AssertionError("answered off the loop"));
            }
          }

          @Override
          public void failed(IOException cause) {
            answer.completeExceptionally(cause);
          }
        });
    return answer;
  }

  /** Stores and waits for the answer; the cause of a failure is thrown. */
  public static List<SpoolEntry> store(
      Spool spool, EventLoop loop, List<Envelope> envelopes, Body body) throws IOException {
    return await(post(spool, loop, envelopes, body));
  }

  /** Waits for an answer. */
  public static <T> T await(CompletableFuture<T> answer) throws IOException {
    try {
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("the spool did not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Recovers a spool. */
  public static Harvest recover(Spool spool) throws IOException {
    List<Recovered> messages = new ArrayList<>();
    Spool.Recovery recovery =
        spool.recover(
            (entry, envelope, state, length) ->
                messages.add(new Recovered(entry, envelope, state, length)));
    return new Harvest(messages, recovery);
  }
}
