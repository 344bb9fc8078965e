package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.core.queue.BindingConsole;
import org.impetusmta.core.queue.QueueWork;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code binding fail domain quiet}: fail the mail of a domain on a binding, without bounces.
 * Concurrent. Source: console_commands.binding_fail_domain_quiet.
 */
@Component(service = ConsoleCommand.class)
public final class BindingFailDomainQuietCommand extends BindingFailDomainCommand {
  @Activate
  public BindingFailDomainQuietCommand(
      @Reference BindingConsole bindings, @Reference QueueWork work) {
    super(bindings, work, true);
  }
}
