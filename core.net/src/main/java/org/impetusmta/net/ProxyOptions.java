package org.impetusmta.net;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * Whether connections come through a proxy that names the client. The scope {@code Peer} is that of
 * the proxy: the address that really connects. Immutable. Source: ref-proxy-protocol of the newer
 * manual.
 */
@OptionSet({
  Scopes.ESMTP_LISTENER,
  Scopes.CONTROL_LISTENER,
  Scopes.ECSTREAM_LISTENER,
  Scopes.HTTP_LISTENER,
  Scopes.LISTEN,
  Scopes.PEER
})
record ProxyOptions(
    @Option(
            value = "false",
            doc = "Whether connections begin with a PROXY header that names the real client")
        boolean proxyProtocol,
    @Option(value = "60", min = 0, doc = "How long the PROXY header is waited for; 0: without end")
        Duration proxyProtocolTimeout) {}
