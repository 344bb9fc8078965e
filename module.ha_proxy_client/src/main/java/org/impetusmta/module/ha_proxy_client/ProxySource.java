package org.impetusmta.module.ha_proxy_client;

import java.net.InetAddress;
import org.impetusmta.api.config.OptionValue;

/** The address that a proxy is to connect from. Immutable. */
@OptionValue(expected = "an IP address")
public record ProxySource(InetAddress address) {
  /** Reads it. */
  public static ProxySource parse(String text) {
    try {
      return new ProxySource(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("\"" + text + "\" is no IP address", e);
    }
  }
}
