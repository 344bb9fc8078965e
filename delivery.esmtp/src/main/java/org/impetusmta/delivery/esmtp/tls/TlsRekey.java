package org.impetusmta.delivery.esmtp.tls;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code tls rekey}: no session is resumed any more, so the next connection to each host agrees on
 * new keys. The temporary RSA key that the original discarded went with export ciphers. Concurrent.
 * Source: console_commands.tls.
 */
@Component(service = ConsoleCommand.class)
public final class TlsRekey implements ConsoleCommand {
  private final TlsContexts contexts;

  @Activate
  public TlsRekey(@Reference TlsContexts contexts) {
    this.contexts = contexts;
  }

  @Override
  public String name() {
    return "tls rekey";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "forget the TLS sessions that could be resumed";
  }

  @Override
  public void run(ConsoleInvocation invocation) {
    contexts.rekey();
    invocation.println("Rekey request submitted.");
  }
}
