package org.impetusmta.core.queue.console;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.MessageConsole;
import org.impetusmta.core.queue.MessageConsole.Place;
import org.impetusmta.core.queue.MessageConsole.QueuedMessage;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code showqueue}: the messages of a domain on one binding or all, 100 unless told otherwise.
 * Concurrent. Source: console_commands.showqueue.
 */
@Component(service = ConsoleCommand.class)
public final class ShowqueueCommand implements ConsoleCommand {
  private final MessageConsole messages;

  @Activate
  public ShowqueueCommand(@Reference MessageConsole messages) {
    this.messages = messages;
  }

  @Override
  public String name() {
    return "showqueue";
  }

  @Override
  public String synopsis() {
    return "[binding name | binding all] domain [limit,offset]";
  }

  @Override
  public String summary() {
    return "Messages queued for a domain";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    Optional<String> binding = Optional.of("default");
    int at = 0;
    if (words.size() > 2 && words.getFirst().equalsIgnoreCase("binding")) {
      binding = words.get(1).equals("all") ? Optional.empty() : Optional.of(words.get(1));
      at = 2;
    }
    if (words.size() < at + 1 || words.size() > at + 2) {
      throw new ConsoleException("showqueue " + synopsis());
    }
    int limit = 100;
    int offset = 0;
    if (words.size() == at + 2) {
      String[] numbers = words.get(at + 1).split(",", 2);
      limit = Words.number(numbers[0], "limit");
      offset = numbers.length > 1 ? Words.number(numbers[1], "offset") : 0;
    }
    for (QueuedMessage message : messages.list(binding, words.get(at), limit, offset)) {
      invocation.printf(
          "[%s/%s] %s Created: %d",
          message.place() == Place.ACTIVE ? "active" : "delayed",
          message.binding(),
          message.id(),
          message.receivedMillis() / 1_000);
      invocation.printf("  From: <%s> To: <%s>", message.sender(), message.recipient());
    }
  }
}
