package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.MailFilter;
import org.impetusmta.core.queue.QueueWork;
import org.impetusmta.core.queue.QueueWork.Which;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code reroute queue}: move queued mail to the queues of another domain. Behind {@code xml} its
 * answer is one element, without the messages of a preview. Concurrent. Source:
 * console_commands.reroute_queue.
 */
@Component(service = ConsoleCommand.class)
public final class RerouteQueueCommand implements ConsoleCommand {
  private final QueueWork work;

  @Activate
  public RerouteQueueCommand(@Reference QueueWork work) {
    this.work = work;
  }

  @Override
  public String name() {
    return "reroute queue";
  }

  @Override
  public String synopsis() {
    return "[--dry-run] [--meta key value | --header name line] domain_name | all domain_name";
  }

  @Override
  public String summary() {
    return "Move queued mail to the queues of another domain";
  }

  @Override
  public boolean hasXml() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    MailFilter.Words words = MailFilter.read(invocation.arguments());
    if (words.rest().size() != 2) {
      throw new ConsoleException("expected two domain names");
    }
    String from = words.rest().getFirst();
    String to = words.rest().get(1);
    if (!Words.isDomain(to)) {
      throw new ConsoleException("this is no domain to move mail to: " + to);
    }
    if (words.dryRun()) {
      QueueWork.Preview found = work.preview(Which.of("all", from), words.filter());
      if (invocation.xml()) {
        invocation.println(
            new XmlAnswer("RerouteQueue")
                .with("From", from)
                .with("To", to)
                .with("DryRun", 1)
                .with("MessagesMatched", found.messages())
                .toString());
        return;
      }
      found.lines().forEach(invocation::println);
      invocation.printf(
          "[dry-run] %s -> %s: %d messages would be moved.%s",
          from, to, found.messages(), found.more());
      return;
    }
    int moved = work.reroute(Which.of("all", from), words.filter(), to);
    if (invocation.xml()) {
      invocation.println(
          new XmlAnswer("RerouteQueue")
              .with("From", from)
              .with("To", to)
              .with("MessagesRerouted", moved)
              .toString());
    } else {
      invocation.printf("Moved %d messages from '%s' to '%s'", moved, from, to);
    }
  }
}
