package org.impetusmta.core.queue.console;

import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.BindingConsole;
import org.impetusmta.core.queue.QueueConsole.DomainFigures;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code binding active}: domains of a binding whose active queues are long. Concurrent. Source:
 * console_commands.binding_active.
 */
@Component(service = ConsoleCommand.class)
public final class BindingActiveCommand implements ConsoleCommand {
  private final BindingConsole bindings;

  @Activate
  public BindingActiveCommand(@Reference BindingConsole bindings) {
    this.bindings = bindings;
  }

  @Override
  public String name() {
    return "binding active";
  }

  @Override
  public String synopsis() {
    return "binding_name threshold";
  }

  @Override
  public String summary() {
    return "Domains of a binding whose active queues are long";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = Words.two(invocation, "a binding and a threshold");
    int threshold = Words.number(words.get(1), "the threshold");
    List<DomainFigures> all = bindings.domains(words.getFirst());
    all.stream()
        .filter(domain -> domain.active() > threshold)
        .forEach(domain -> invocation.println(Figures.line(domain)));
    invocation.println(Figures.total(all, all.stream().mapToLong(DomainFigures::delivered).sum()));
  }
}
