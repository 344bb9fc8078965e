package org.impetusmta.core.queue.console;

import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.BindingConsole;
import org.impetusmta.core.queue.QueueWork;
import org.impetusmta.core.queue.QueueWork.Which;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code rebind}: choose the bindings of queued mail once more. Concurrent. Source:
 * console_commands.rebind.
 */
@Component(service = ConsoleCommand.class)
public final class RebindCommand implements ConsoleCommand {
  private final BindingConsole bindings;
  private final QueueWork work;

  @Activate
  public RebindCommand(@Reference BindingConsole bindings, @Reference QueueWork work) {
    this.bindings = bindings;
    this.work = work;
  }

  @Override
  public String name() {
    return "rebind";
  }

  @Override
  public String synopsis() {
    return "binding_name | all [domain_name]";
  }

  @Override
  public String summary() {
    return "Choose the bindings of queued mail once more";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.isEmpty() || words.size() > 2) {
      throw new ConsoleException("expected a binding, or all, and perhaps a domain");
    }
    String binding = words.getFirst();
    if (!binding.equals("all")) {
      bindings.known(binding);
    }
    String domain = words.size() == 2 ? words.get(1) : "all";
    invocation.printf("Rebound %d messages.", work.rebind(Which.of(binding, domain)));
  }
}
