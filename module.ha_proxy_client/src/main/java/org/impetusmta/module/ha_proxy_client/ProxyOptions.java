package org.impetusmta.module.ha_proxy_client;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Which proxy the mail of a binding and domain leaves by. Immutable. */
@OptionSet({Scopes.BINDING, Scopes.BINDING_GROUP})
public record ProxyOptions(
    @Option(doc = "proxy that outbound connections go through: IP:port or host:port")
        Optional<String> haProxyServer,
    @Option(doc = "address that the proxy is to connect from, to IPv4 destinations")
        Optional<String> haProxySrcAddr,
    @Option(
            name = "ha_proxy_ipv6_src_addr",
            doc = "address that the proxy is to connect from, to IPv6 destinations")
        Optional<String> haProxyIpv6SrcAddr,
    @Option(
            value = "proxy_v2",
            doc =
                "what the proxy speaks: proxy_v2 (the manual's), proxy_v1 or socks5; beyond the"
                    + " manual")
        Speaks haProxyProtocol,
    @Option(doc = "user for SOCKS5 (RFC 1929); beyond the manual") Optional<String> socks5User,
    @Option(doc = "password for SOCKS5; beyond the manual") Optional<String> socks5Password,
    @Option(
            value = "false",
            scopes = Scopes.DOMAIN,
            doc = "whether connections for the domain go straight to its hosts")
        boolean haProxyBypass) {

  /** Values of {@code ha_proxy_protocol}. */
  public enum Speaks {
    PROXY_V2,
    PROXY_V1,
    SOCKS5
  }
}
