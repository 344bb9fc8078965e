package org.impetusmta.tls;

import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * {@code tls rekey}: no session is resumed any more, so the next connection to each host agrees on
 * new keys. The temporary RSA key that the original discarded went with export ciphers. Concurrent.
 * Source: console_commands.tls.
 */
@Component(service = ConsoleCommand.class)
public final class TlsRekey implements ConsoleCommand {
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile List<TlsCache> caches = List.of();

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
    caches.forEach(TlsCache::rekey);
    invocation.println("Rekey request submitted.");
  }
}
