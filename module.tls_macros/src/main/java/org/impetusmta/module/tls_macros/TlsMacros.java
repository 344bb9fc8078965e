package org.impetusmta.module.tls_macros;

import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.log.LogMacros;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.tls.OutboundTls;
import org.osgi.service.component.annotations.Component;

/**
 * Macros about TLS on the connections over which mail was sent, or was tried to be sent. Where
 * nothing is known of a connection, or there was none, {@code outbound_tls} is {@code unknown} and
 * the others are empty.
 *
 * <p>Thread-safety: concurrent. Source: tls_macros.
 */
@Module(
    name = "tls_macros",
    kind = Module.Kind.LOGGER,
    description = "Macros about TLS for custom logs",
    singleton = "true",
    logMacros = TlsMacros.NAMESPACE)
@Component(factory = Module.FACTORY + "tls_macros", service = LogMacros.class)
public final class TlsMacros implements LogMacros {
  static final String NAMESPACE = "outbound_tls";

  private static final String STATE = "outbound_tls";
  private static final String ADDRESS = "local_ip";

  private static final Set<String> NAMES =
      Set.of(
          STATE,
          ADDRESS,
          "outbound_tls_type",
          "outbound_tls_cipher",
          "outbound_tls_cipher_algbits",
          "outbound_tls_cipher_usebits",
          "outbound_tls_protocol",
          "outbound_tls_verified",
          "outbound_tls_issuer",
          "outbound_tls_subject");

  /** The tls_macros stanza has no options of its own. */
  @OptionSet("tls_macros")
  public record Options() {}

  @Override
  public String namespace() {
    return NAMESPACE;
  }

  @Override
  public Set<String> names() {
    return NAMES;
  }

  @Override
  public String value(String name, Optional<String> argument, LogEvent event) {
    if (name.equals(ADDRESS)) {
      return address(event);
    }
    Optional<OutboundTls> tls = tls(event);
    if (tls.isEmpty()) {
      return name.equals(STATE) ? "unknown" : "";
    }
    return tls.get().macro(name).orElse("");
  }

  private static Optional<OutboundTls> tls(LogEvent event) {
    return switch (event) {
      case LogEvent.Delivery e -> e.tls();
      case LogEvent.Failure e -> e.tls();
      default -> Optional.empty();
    };
  }

  /** Where the mail went, in spite of the macro's name. */
  private static String address(LogEvent event) {
    return switch (event) {
      case LogEvent.Delivery e -> e.remoteAddress();
      case LogEvent.Failure e -> e.remoteAddress().orElse("");
      default -> "";
    };
  }
}
