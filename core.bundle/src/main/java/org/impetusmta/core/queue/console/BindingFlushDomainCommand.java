package org.impetusmta.core.queue.console;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.BindingConsole;
import org.impetusmta.core.queue.DomainConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code binding flush domain}: attempt the delayed mail of a domain on a binding now. Concurrent.
 * Source: console_commands.binding_flush_domain.
 */
@Component(service = ConsoleCommand.class)
public final class BindingFlushDomainCommand implements ConsoleCommand {
  private final BindingConsole bindings;
  private final DomainConsole domains;

  @Activate
  public BindingFlushDomainCommand(
      @Reference BindingConsole bindings, @Reference DomainConsole domains) {
    this.bindings = bindings;
    this.domains = domains;
  }

  @Override
  public String name() {
    return "binding flush domain";
  }

  @Override
  public String synopsis() {
    return "binding_name domain_name | all";
  }

  @Override
  public String summary() {
    return "Attempt the delayed mail of a domain on a binding now";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = Words.two(invocation, "a binding and a domain");
    String binding = bindings.known(words.getFirst());
    String domain = words.get(1).toLowerCase(Locale.ROOT);
    invocation.printf(
        "%s flushed.  %d messages requeued.", domain, domains.flush(domain, Optional.of(binding)));
  }
}
