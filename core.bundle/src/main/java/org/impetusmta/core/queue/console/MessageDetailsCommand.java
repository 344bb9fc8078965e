package org.impetusmta.core.queue.console;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.message.Body;
import org.impetusmta.core.queue.MessageConsole;
import org.impetusmta.core.queue.MessageConsole.MessageDetails;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code message details}: metadata, body or both of a message that waits; behind the metadata, why
 * it waits. Concurrent. Source: console_commands.message_details.
 */
@Component(service = ConsoleCommand.class)
public final class MessageDetailsCommand implements ConsoleCommand {
  private final MessageConsole messages;

  @Activate
  public MessageDetailsCommand(@Reference MessageConsole messages) {
    this.messages = messages;
  }

  @Override
  public String name() {
    return "message details";
  }

  @Override
  public String synopsis() {
    return "[full | body] message_id";
  }

  @Override
  public String summary() {
    return "Metadata and body of a queued message";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    boolean body = false;
    boolean metadata = true;
    int at = 0;
    if (words.size() == 2) {
      at = 1;
      body = true;
      metadata = words.getFirst().equals("full");
      if (!metadata && !words.getFirst().equals("body")) {
        throw new ConsoleException("message details " + synopsis());
      }
    }
    if (words.size() != at + 1) {
      throw new ConsoleException("message details " + synopsis());
    }
    MessageDetails details = messages.details(Words.messageId(words.get(at)));
    if (metadata) {
      metadata(details, invocation);
    }
    if (body) {
      body(messages.body(details), invocation);
    }
  }

  private void metadata(MessageDetails details, ConsoleInvocation invocation) {
    long next = Math.max(details.nextAttemptMillis(), details.receivedMillis());
    String family = details.sourceAddress().indexOf(':') >= 0 ? "IPv6" : "IPv4";
    String source =
        details.sourceAddress().equals("unknown")
            ? details.sourceAddress()
            : details.sourceAddress() + " (" + family + ")";
    invocation.println("Message: " + details.id());
    invocation.println("Message Type: full message");
    line(invocation, "Created", Reasons.date(details.receivedMillis()));
    line(invocation, "Next Attempt", Reasons.date(next));
    line(invocation, "Retries", Integer.toString(details.retries()));
    line(invocation, "Received Via", details.protocol().toUpperCase(Locale.ROOT) + " " + source);
    line(invocation, "Sender", details.sender().toString());
    line(invocation, "Recipient", details.recipient().toString());
    line(invocation, "Code", details.lastReply().replace('\n', ' '));
    line(invocation, "Size", Integer.toString(details.size()));
    details.reasons().forEach(reason -> line(invocation, "Waits", Reasons.line(reason)));
  }

  private static void line(ConsoleInvocation invocation, String name, String value) {
    invocation.printf("%22s: %s", name, value);
  }

  /** The lines as they were before dot-stuffing. */
  private static void body(Body body, ConsoleInvocation invocation) {
    String text = new String(body.toByteArray(), StandardCharsets.UTF_8);
    for (String line : text.split("\r\n")) {
      invocation.println(line.startsWith(".") ? line.substring(1) : line);
    }
  }
}
