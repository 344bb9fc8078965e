package org.impetusmta.core.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@code version}: the version and the product, in the form of sysinfo's first lines. Concurrent.
 * Source: console_commands.version.
 */
@Component(service = ConsoleCommand.class)
public final class Version implements ConsoleCommand {
  private final String version;

  @Activate
  public Version(BundleContext context) {
    this(context.getBundle().getVersion().toString());
  }

  Version(String version) {
    this.version = version;
  }

  @Override
  public String name() {
    return "version";
  }

  @Override
  public String synopsis() {
    return "[--json]";
  }

  @Override
  public String summary() {
    return "show the version of the server";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) {
    Report report = new Report();
    tell(version, report);
    invocation.print(report);
  }

  static void tell(String version, Report report) {
    report
        .figure("version", version, "Impetus Version: %s (64-bit)")
        .figure("product", "Impetus", "product name: %s");
  }
}
