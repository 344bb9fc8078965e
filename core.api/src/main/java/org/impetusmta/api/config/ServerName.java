package org.impetusmta.api.config;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What this server calls itself, in one place for all who greet, sign or report. Immutable. Source:
 * conf.ref.hostname.
 *
 * @param hostname the option, where it is set
 * @param externalHostname the option, where it is set
 */
@OptionSet(Scopes.GLOBAL)
public record ServerName(
    @Option(doc = "The name of this host; unset: what the operating system says")
        Optional<String> hostname,
    @Option(doc = "The name of this host in header fields of mail that leaves it; unset: hostname")
        Optional<String> externalHostname) {

  private static final String MACHINE = machine();

  /** The name in force. */
  public String name() {
    return hostname.orElse(MACHINE);
  }

  /** The name in header fields of mail that the world sees. */
  public String external() {
    return externalHostname.filter(name -> !name.isEmpty()).orElseGet(this::name);
  }

  private static String machine() {
    try {
      String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
      if (!name.isEmpty()) {
        return name;
      }
    } catch (IOException notLinux) {
      // the portable way below, which may ask the DNS, answers instead
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException unnamed) {
      return "localhost";
    }
  }
}
