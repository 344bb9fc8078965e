package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.core.queue.DomainConsole;
import org.impetusmta.core.queue.QueueWork;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code fail domain quiet}: fail all mail of a domain, without bounces. Concurrent. Source:
 * console_commands.fail_domain_quiet.
 */
@Component(service = ConsoleCommand.class)
public final class FailDomainQuietCommand extends FailDomainCommand {
  @Activate
  public FailDomainQuietCommand(@Reference DomainConsole domains, @Reference QueueWork work) {
    super(domains, work, true);
  }
}
