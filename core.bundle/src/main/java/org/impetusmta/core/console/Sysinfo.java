package org.impetusmta.core.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code sysinfo}: the version, the Java runtime, the release of the operating system and its
 * kernel. Concurrent. Source: console_commands.sysinfo.
 */
@Component(service = ConsoleCommand.class)
public final class Sysinfo implements ConsoleCommand {
  private static final Logger LOG = LoggerFactory.getLogger(Sysinfo.class);
  private static final Path OS_RELEASE = Path.of("/etc/os-release");
  private static final Path KERNEL = Path.of("/proc/version");
  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");
  private static final String PRETTY_NAME = "PRETTY_NAME=";

  private final String version;

  @Activate
  public Sysinfo(BundleContext context) {
    this(context.getBundle().getVersion().toString());
  }

  Sysinfo(String version) {
    this.version = version;
  }

  @Override
  public String name() {
    return "sysinfo";
  }

  @Override
  public String synopsis() {
    return "[--json]";
  }

  @Override
  public String summary() {
    return "show the versions of the server, of Java and of the operating system";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) {
    Report report = new Report();
    Version.tell(version, report);
    String virtualMachine = System.getProperty("java.vm.name", "unknown");
    int processors = Runtime.getRuntime().availableProcessors();
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    report
        .value("java", virtualMachine + " " + Runtime.version())
        .value("processors", processors)
        .value("heap_mebibytes", heap)
        .linef(
            "Java: %s %s, %d processors, %d MiB of heap",
            virtualMachine, Runtime.version(), processors, heap);
    read(OS_RELEASE)
        .flatMap(text -> text.lines().filter(line -> line.startsWith(PRETTY_NAME)).findFirst())
        .ifPresent(
            line ->
                report.figure(
                    "os_release", line.substring(PRETTY_NAME.length()).replace("\"", ""), "%s"));
    report.figure(
        "kernel",
        "%s %s %s %s"
            .formatted(
                System.getProperty("os.name", "unknown"),
                read(HOSTNAME).orElse("localhost").strip(),
                read(KERNEL)
                    .map(text -> text.strip().replaceFirst("^\\S+ version ", ""))
                    .orElse(System.getProperty("os.version", "")),
                System.getProperty("os.arch", "")),
        "%s");
    invocation.print(report);
  }

  private static Optional<String> read(Path file) {
    try {
      return Files.isReadable(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    } catch (IOException e) {
      LOG.debug("{} cannot be read", file, e);
      return Optional.empty();
    }
  }
}
