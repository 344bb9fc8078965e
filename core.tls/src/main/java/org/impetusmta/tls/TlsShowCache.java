package org.impetusmta.tls;

import java.nio.file.Path;
import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * {@code tls show cache}: the TLS contexts that are kept. Concurrent. Source: console_commands.tls.
 */
@Component(service = ConsoleCommand.class)
public final class TlsShowCache implements ConsoleCommand {
  private final Scheduler scheduler;

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile List<TlsCache> caches = List.of();

  @Activate
  public TlsShowCache(@Reference Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public String name() {
    return "tls show cache";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "show the TLS contexts that are kept";
  }

  @Override
  public void run(ConsoleInvocation invocation) {
    int number = 0;
    for (TlsCache cache : caches) {
      for (TlsCache.Kept one : cache.kept()) {
        show(invocation, ++number, one);
      }
    }
    invocation.println("Temp RSA key is uncached.");
  }

  private void show(ConsoleInvocation invocation, int number, TlsCache.Kept one) {
    TlsSettings settings = one.settings();
    long age = (scheduler.clock().millis() - one.createdMillis()) / 1000;
    invocation.printf("%4d) %s context", number, one.side());
    line(invocation, "age", age + " seconds old");
    line(invocation, "in use by", one.inUse() + " sessions");
    line(invocation, "certificate", settings.certificate().map(Path::toString).orElse("none"));
    if (one.side().equals("server")) {
      line(invocation, "ca list", one.authorities().map(Path::toString).orElse("none"));
    }
    line(invocation, "engine", settings.boringssl() ? "BoringSSL" : "Java");
    line(invocation, "protocols", String.join(" ", settings.protocols()));
    line(invocation, "ciphers", settings.ciphers());
  }

  private static void line(ConsoleInvocation invocation, String what, String value) {
    invocation.printf("%17s: %s", what, value);
  }
}
