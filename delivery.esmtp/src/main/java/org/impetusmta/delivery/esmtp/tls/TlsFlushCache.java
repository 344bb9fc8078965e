package org.impetusmta.delivery.esmtp.tls;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code tls flush cache}: forgets TLS contexts, their sessions and the authorities; all are made
 * anew when they are next needed. Concurrent. Source: console_commands.tls.
 */
@Component(service = ConsoleCommand.class)
public final class TlsFlushCache implements ConsoleCommand {
  private final TlsContexts contexts;

  @Activate
  public TlsFlushCache(@Reference TlsContexts contexts) {
    this.contexts = contexts;
  }

  @Override
  public String name() {
    return "tls flush cache";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "forget the TLS contexts that are kept";
  }

  @Override
  public void run(ConsoleInvocation invocation) {
    contexts.flush();
    invocation.println("Cache flush request submitted.");
  }
}
