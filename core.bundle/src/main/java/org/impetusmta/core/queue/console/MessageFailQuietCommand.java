package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.MessageConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code message fail quiet}: fails a message that waits without a bounce. Concurrent. Source:
 * console_commands.message_fail_quiet.
 */
@Component(service = ConsoleCommand.class)
public final class MessageFailQuietCommand implements ConsoleCommand {
  private final MessageConsole messages;

  @Activate
  public MessageFailQuietCommand(@Reference MessageConsole messages) {
    this.messages = messages;
  }

  @Override
  public String name() {
    return "message fail quiet";
  }

  @Override
  public String synopsis() {
    return "message_id";
  }

  @Override
  public String summary() {
    return "Fail a message for good without a bounce";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    messages.fail(Words.messageId(Words.one(invocation, "message id")), true);
    invocation.println("Message failed");
  }
}
