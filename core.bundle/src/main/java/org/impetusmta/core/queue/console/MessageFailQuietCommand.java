package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.core.queue.MessageConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code message fail quiet}: fails a message that waits without a bounce. Concurrent. Source:
 * console_commands.message_fail_quiet.
 */
@Component(service = ConsoleCommand.class)
public final class MessageFailQuietCommand extends MessageFailCommand {
  @Activate
  public MessageFailQuietCommand(@Reference MessageConsole messages) {
    super(messages, true);
  }
}
