package org.impetusmta.core.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.core.message.MailMessage;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Single messages that wait, as the console sees and steers them.
 *
 * <p>Concurrent; blocks, so thread pools only.
 */
@Component(service = MessageConsole.class)
public final class MessageConsole {
  private static final Reply FAILED = new Reply(554, "", "manually failed.");

  private final LoopMailQueues server;
  private final QueueQuestions questions;

  /** Where a message was found. */
  public enum Place {
    ACTIVE,
    DELAYED
  }

  /** A message in a list. */
  public record QueuedMessage(
      Place place,
      String binding,
      MessageId id,
      long receivedMillis,
      Address sender,
      Address recipient) {}

  /** All about one message. */
  public record MessageDetails(
      MessageId id,
      long receivedMillis,
      long nextAttemptMillis,
      int retries,
      String protocol,
      String sourceAddress,
      Address sender,
      Address recipient,
      String lastReply,
      int size,
      SpoolEntry entry,
      Optional<Body> body,
      List<WaitReasons.Reason> reasons) {}

  @Activate
  public MessageConsole(@Reference LoopMailQueues server) {
    this.server = server;
    this.questions = new QueueQuestions(server);
  }

  /**
   * The messages of a domain, active ones first.
   *
   * @param binding empty: of all bindings
   */
  public List<QueuedMessage> list(Optional<String> binding, String domain, int limit, int offset)
      throws ConsoleException {
    List<QueuedMessage> page = new ArrayList<>();
    int skip = offset;
    for (MailQueue queue : questions.queuesOf(domain)) {
      if (binding.isPresent() && !queue.binding().equals(binding.get())) {
        continue;
      }
      int skipHere = skip;
      int want = limit - page.size();
      List<QueuedMessage> found = QueueQuestions.on(queue, () -> page(queue, want, skipHere));
      page.addAll(found);
      skip = Math.max(0, skip - queue.activeSize() - queue.delayedSize());
      if (page.size() >= limit) {
        break;
      }
    }
    return page;
  }

  private static List<QueuedMessage> page(MailQueue queue, int limit, int offset) {
    List<QueuedMessage> page = new ArrayList<>();
    int[] seen = {0};
    queue.forEachActive(message -> add(page, seen, limit, offset, Place.ACTIVE, queue, message));
    queue.forEachDelayed(message -> add(page, seen, limit, offset, Place.DELAYED, queue, message));
    return page;
  }

  private static void add(
      List<QueuedMessage> page,
      int[] seen,
      int limit,
      int offset,
      Place place,
      MailQueue queue,
      MailMessage message) {
    if (seen[0]++ >= offset && page.size() < limit) {
      page.add(
          new QueuedMessage(
              place,
              queue.binding(),
              message.id(),
              message.receivedMillis(),
              message.sender(),
              message.recipient()));
    }
  }

  /** All about the message {@code id}. */
  public MessageDetails details(MessageId id) throws ConsoleException {
    Optional<MessageDetails> found =
        questions.search(
            queue -> {
              List<MessageDetails> same = new ArrayList<>(1);
              queue.forEachActive(message -> add(same, id, queue, message, false));
              queue.forEachDelayed(message -> add(same, id, queue, message, true));
              return same.isEmpty() ? null : same.getFirst();
            });
    return found.orElseThrow(() -> notQueued(id));
  }

  /** Whether a message waits in a queue or is being delivered. */
  public boolean isQueued(MessageId id) throws ConsoleException {
    return questions
        .search(
            queue -> {
              boolean[] found = new boolean[1];
              Consumer<MailMessage> look = message -> found[0] |= message.id().equals(id);
              queue.forEachActive(look);
              queue.forEachDelayed(look);
              queue.maintainer().connections().all().forEach(c -> c.taken().forEach(look));
              queue.maintainer().passedOn().all().forEach(entry -> look.accept(entry.message()));
              return found[0] ? id : null;
            })
        .isPresent();
  }

  private void add(
      List<MessageDetails> same,
      MessageId id,
      MailQueue queue,
      MailMessage message,
      boolean delayed) {
    if (message.id().equals(id)) {
      same.add(details(message, WaitReasons.of(queue, message, delayed, server.now())));
    }
  }

  private static MessageDetails details(MailMessage message, List<WaitReasons.Reason> reasons) {
    return new MessageDetails(
        message.id(),
        message.receivedMillis(),
        message.nextAttemptMillis(),
        message.retries(),
        message.protocol(),
        message.sourceAddress(),
        message.sender(),
        message.recipient(),
        message.lastReply(),
        message.size(),
        message.spoolEntry(),
        message.resident() ? Optional.of(message.body()) : Optional.empty(),
        reasons);
  }

  /** The octets of a message that was found. */
  public Body body(MessageDetails details) throws ConsoleException {
    if (details.body().isPresent()) {
      return details.body().get();
    }
    try {
      return server.spool().read(details.entry());
    } catch (IOException e) {
      throw new ConsoleException("the body cannot be read: " + e.getMessage());
    }
  }

  private static ConsoleException notQueued(MessageId id) {
    return new ConsoleException(
        "Message " + id + " is not queued here, or is being delivered at this moment");
  }

  /** Fails a message for good. */
  public void fail(MessageId id, boolean quiet) throws ConsoleException {
    taken(
        id,
        (queue, message) -> {
          server
              .disposition()
              .permanentFailure(queue, message, Stage.NOT_CONNECTED, FAILED, 0, null, quiet);
          queue.home().touch(queue);
        });
  }

  /** Puts a message first in its active queue. */
  public void retry(MessageId id) throws ConsoleException {
    taken(
        id,
        (queue, message) -> {
          message.due();
          queue.maintainer().nextHop().forgiveHosts();
          queue.insertFirst(message);
        });
  }

  /** Takes a message out of its queue and does {@code next} with it, on its loop. */
  private void taken(MessageId id, BiConsumer<MailQueue, MailMessage> next)
      throws ConsoleException {
    Optional<MessageId> found =
        questions.search(
            queue -> {
              MailMessage message = queue.remove(id);
              if (message == null) {
                return null;
              }
              next.accept(queue, message);
              return id;
            });
    if (found.isEmpty()) {
      throw notQueued(id);
    }
  }
}
