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
 * {@code tls flush cache}: forgets TLS contexts, their sessions and the authorities; all are made
 * anew when they are next needed. Concurrent. Source: console_commands.tls.
 */
@Component(service = ConsoleCommand.class)
public final class TlsFlushCache implements ConsoleCommand {
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile List<TlsCache> caches = List.of();

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
    caches.forEach(TlsCache::flush);
    invocation.println("Cache flush request submitted.");
  }
}
