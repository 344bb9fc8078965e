package org.impetusmta.core.spool;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.Found;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.queue.MailQueues;
import org.impetusmta.core.queue.MessageConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code spool_in}: queues a message that is in the spool and in no queue. Concurrent. Source:
 * console_commands.spool_in.
 */
@Component(service = ConsoleCommand.class)
public final class SpoolInCommand implements ConsoleCommand {
  /** What is read from the disk or bounced at this moment is in no queue for so long. */
  private static final long SETTLE_MILLIS = 500;

  private final Spool spool;
  private final MailQueues queues;
  private final MessageConsole messages;

  @Activate
  public SpoolInCommand(
      @Reference Spool spool, @Reference MailQueues queues, @Reference MessageConsole messages) {
    this.spool = spool;
    this.queues = queues;
    this.messages = messages;
  }

  @Override
  public String name() {
    return "spool_in";
  }

  @Override
  public String synopsis() {
    return "message_id";
  }

  @Override
  public String summary() {
    return "Queue a message that is in the spool and in no queue";
  }

  @Override
  public synchronized void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() != 1) {
      throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
    MessageId id;
    try {
      id = MessageId.parse(words.getFirst());
    } catch (IllegalArgumentException e) {
      throw new ConsoleException(String.valueOf(e.getMessage()));
    }
    if (queued(id)) {
      invocation.println("Message " + id + " is in the queue already.");
      return;
    }
    Optional<Found> found;
    try {
      found = spool.find(id);
    } catch (IOException e) {
      throw new ConsoleException("the spool cannot be read: " + e.getMessage());
    }
    if (found.isEmpty()) {
      throw new ConsoleException("message " + id + " is not in the spool");
    }
    Found message = found.get();
    queues.enqueue(
        new MailMessage(
            message.entry(), message.envelope(), message.state(), message.bodyLength()));
    invocation.println("Message " + id + " is queued.");
  }

  private boolean queued(MessageId id) throws ConsoleException {
    if (messages.isQueued(id)) {
      return true;
    }
    try {
      Thread.sleep(SETTLE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted");
    }
    return messages.isQueued(id);
  }
}
