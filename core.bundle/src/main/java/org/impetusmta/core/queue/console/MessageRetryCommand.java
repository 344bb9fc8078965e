package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.MessageConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code message retry}: puts a message first in its active queue. Concurrent. Source:
 * console_commands.message_retry.
 */
@Component(service = ConsoleCommand.class)
public final class MessageRetryCommand implements ConsoleCommand {
  private final MessageConsole messages;

  @Activate
  public MessageRetryCommand(@Reference MessageConsole messages) {
    this.messages = messages;
  }

  @Override
  public String name() {
    return "message retry";
  }

  @Override
  public String synopsis() {
    return "message_id";
  }

  @Override
  public String summary() {
    return "Attempt a message now";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    messages.retry(Words.messageId(Words.one(invocation, "message id")));
    invocation.println("Message requeued for delivery");
  }
}
