package org.impetusmta.core.console;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.Operator;
import org.impetusmta.core.console.Authorizer.Verdict;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * The console: every {@link ConsoleCommand} service is a command from the moment it is registered
 * until it goes. Words ignore case, the longest match wins. {@code help} is its own. Concurrent;
 * commands run on the caller's thread.
 */
@Component(service = Console.class, immediate = true)
public final class ConsoleService implements Console {
  private final CommandTable commands = new CommandTable();
  private final BiFunction<Operator, String, Verdict> authorization;
  private final AtomicLong sessions = new AtomicLong();

  @Activate
  public ConsoleService(@Reference Authorizer authorizer) {
    this(authorizer::check);
  }

  ConsoleService() {
    this((_, _) -> Authorizer.Verdict.ALLOWED);
  }

  ConsoleService(BiFunction<Operator, String, Verdict> authorization) {
    this.authorization = authorization;
    commands.add(new Help(commands));
  }

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "removeCommand")
  void addCommand(ConsoleCommand command) {
    commands.add(command);
  }

  void removeCommand(ConsoleCommand command) {
    commands.remove(command);
  }

  @Override
  public Session open(String description, Operator operator) {
    return new ConsoleSession(
        commands,
        description + " #" + sessions.incrementAndGet(),
        operator,
        command -> authorization.apply(operator, command));
  }
}
