package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.MessageConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code message fail}: fails a message that waits. Concurrent. Source:
 * console_commands.message_fail.
 */
@Component(service = ConsoleCommand.class)
public class MessageFailCommand implements ConsoleCommand {
  private final MessageConsole messages;
  private final boolean quiet;

  @Activate
  public MessageFailCommand(@Reference MessageConsole messages) {
    this(messages, false);
  }

  /**
   * @param quiet whether senders are told nothing
   */
  MessageFailCommand(MessageConsole messages, boolean quiet) {
    this.messages = messages;
    this.quiet = quiet;
  }

  @Override
  public String name() {
    return quiet ? "message fail quiet" : "message fail";
  }

  @Override
  public String synopsis() {
    return "message_id";
  }

  @Override
  public String summary() {
    return quiet ? "Fail a message for good without a bounce" : "Fail a message for good";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    messages.fail(Words.messageId(Words.one(invocation, "message id")), quiet);
    invocation.println("Message failed");
  }
}
