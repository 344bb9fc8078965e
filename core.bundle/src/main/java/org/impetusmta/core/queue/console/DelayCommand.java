package org.impetusmta.core.queue.console;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.BindingConsole;
import org.impetusmta.core.queue.MailFilter;
import org.impetusmta.core.queue.QueueWork;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code delay}: move active mail to the delayed queue. Concurrent. Source: the newer manual,
 * delay.
 */
@Component(service = ConsoleCommand.class)
public final class DelayCommand implements ConsoleCommand {
  private final BindingConsole bindings;
  private final QueueWork work;

  @Activate
  public DelayCommand(@Reference BindingConsole bindings, @Reference QueueWork work) {
    this.bindings = bindings;
    this.work = work;
  }

  @Override
  public String name() {
    return "delay";
  }

  @Override
  public String synopsis() {
    return "seconds [--domain name] [--binding name] [--meta key value | --header name line]";
  }

  @Override
  public String summary() {
    return "Move active mail to the delayed queue";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.isEmpty() || words.getFirst().startsWith("-")) {
      throw new ConsoleException("expected a number of seconds");
    }
    int seconds = Words.number(words.getFirst(), "the delay");
    if (seconds == 0) {
      throw new ConsoleException("the delay is more than 0 seconds");
    }
    Optional<String> domain = Optional.empty();
    Optional<String> binding = Optional.empty();
    MailFilter filter = MailFilter.all();
    for (int i = 1; i < words.size(); i += 2) {
      String flag = words.get(i);
      boolean filters = flag.equals("--meta") || flag.equals("--header");
      int values = filters ? 2 : 1;
      if (i + values >= words.size()) {
        throw new ConsoleException("something is missing behind " + flag);
      }
      if (flag.equals("--domain")) {
        domain = Optional.of(words.get(i + 1).toLowerCase(Locale.ROOT));
      } else if (flag.equals("--binding")) {
        binding = Optional.of(bindings.known(words.get(i + 1)));
      } else if (filters) {
        if (!filter.equals(MailFilter.all())) {
          throw new ConsoleException("one filter only, --meta or --header");
        }
        filter = MailFilter.read(words.subList(i, i + 3)).filter();
        i++;
      } else {
        throw new ConsoleException("expected --domain, --binding, --meta or --header, not " + flag);
      }
    }
    if (words.size() == 1) {
      throw new ConsoleException("expected --domain, --binding, --meta or --header");
    }
    int delayed = work.delay(new QueueWork.Which(binding, domain), filter, seconds);
    if (delayed == 0 && domain.isPresent()) {
      invocation.printf("No messages for %s found.", domain.get());
    } else {
      invocation.printf("Delayed %d messages.", delayed);
    }
  }
}
