package org.impetusmta.core.route;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dig}: begins a lookup for the route cache. Concurrent. Source: console_commands.dig. */
@Component(service = ConsoleCommand.class)
public final class DigCommand implements ConsoleCommand {
  private final Router router;

  @Activate
  public DigCommand(@Reference Router router) {
    this.router = router;
  }

  @Override
  public String name() {
    return "dig";
  }

  @Override
  public String synopsis() {
    return "domain";
  }

  @Override
  public String summary() {
    return "Look the route of a domain up";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    router.submit(DnsConsole.domain(invocation));
    invocation.println("submitted");
  }
}
