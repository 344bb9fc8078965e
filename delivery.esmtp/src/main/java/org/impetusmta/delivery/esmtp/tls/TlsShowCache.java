package org.impetusmta.delivery.esmtp.tls;

import java.nio.file.Path;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code tls show cache}: the TLS contexts that are kept. Concurrent. Source: console_commands.tls.
 */
@Component(service = ConsoleCommand.class)
public final class TlsShowCache implements ConsoleCommand {
  private final TlsContexts contexts;

  @Activate
  public TlsShowCache(@Reference TlsContexts contexts) {
    this.contexts = contexts;
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
    for (TlsContext context : contexts.kept()) {
      TlsSettings settings = context.settings();
      invocation.printf("%4d) client context", ++number);
      line(invocation, "age", (contexts.now() - context.createdMillis()) / 1000 + " seconds old");
      line(invocation, "in use by", context.inUse() + " sessions");
      line(invocation, "certificate", settings.certificate().map(Path::toString).orElse("none"));
      line(invocation, "engine", settings.boringssl() ? "BoringSSL" : "Java");
      line(invocation, "protocols", String.join(" ", settings.protocols()));
      line(invocation, "ciphers", settings.ciphers());
    }
    invocation.println("Temp RSA key is uncached.");
  }

  private static void line(ConsoleInvocation invocation, String what, String value) {
    invocation.printf("%17s: %s", what, value);
  }
}
