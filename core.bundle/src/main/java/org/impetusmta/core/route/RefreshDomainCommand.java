package org.impetusmta.core.route;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code refresh domain}: forgets the routes of a domain, or all, and the answers that they were
 * made of; they are looked up when mail needs them. Concurrent. Source:
 * console_commands.refresh_domain.
 */
@Component(service = ConsoleCommand.class)
public final class RefreshDomainCommand implements ConsoleCommand {
  private final Router router;

  @Activate
  public RefreshDomainCommand(@Reference Router router) {
    this.router = router;
  }

  @Override
  public String name() {
    return "refresh domain";
  }

  @Override
  public String synopsis() {
    return "domain | all";
  }

  @Override
  public String summary() {
    return "Forget what the DNS said of a domain";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    String domain = DnsConsole.domain(invocation);
    int forgotten = router.refresh(domain);
    if (forgotten == 0 && !domain.equals("all")) {
      throw new ConsoleException("Domain '" + domain + "' is not known");
    }
    if (!domain.equals("all")) {
      router.submit(domain);
    }
    invocation.printf("%s refreshed.  %d routes forgotten.", domain, forgotten);
  }
}
