package org.impetusmta.module.mxip;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.DnsGetAs;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes an MX record that has an address where RFC 1035 section 3.3.9 wants a name to mean that
 * address. Read-only. Source: modules.mxip.
 */
@Module(
    name = "mxip",
    kind = Module.Kind.DELIVERY,
    singleton = "true",
    description = "IP addresses in MX records")
@Component(factory = Module.FACTORY + "mxip", service = DnsGetAs.class)
public final class MxIp implements DnsGetAs {
  private static final Logger LOG = LoggerFactory.getLogger(MxIp.class);

  private final Duration ttl;

  /** The options of an mxip stanza. */
  @OptionSet("mxip")
  public record Options(
      @Option(
              name = "ttl",
              value = "600",
              min = 1,
              doc = "how long such a host is kept, within min_dns_ttl and max_dns_ttl")
          Duration ttl) {}

  @Activate
  public MxIp(Map<String, Object> properties) {
    this(ModuleStanza.of(properties).options(Options.class));
  }

  MxIp(Options options) {
    ttl = options.ttl();
  }

  @Override
  public Optional<Addresses> dnsGetAs(String host) {
    if (!looksLikeOne(host)) {
      return Optional.empty();
    }
    try {
      InetAddress address = InetAddress.ofLiteral(host);
      LOG.info("an MX record has the address {} for a name", address.getHostAddress());
      return Optional.of(new Addresses(List.of(address), ttl));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Four numbers, or hexadecimal ones with colons: no other notation of an address counts. */
  private static boolean looksLikeOne(String host) {
    return host.matches("\\d{1,3}(\\.\\d{1,3}){3}")
        || (host.indexOf(':') >= 0 && host.matches("[0-9A-Fa-f:.]{2,45}"));
  }
}
