package org.impetusmta.core.route;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.xbill.DNS.Address;

/** Addresses written as text, never looked up. Stateless; safe for any thread. */
public final class Addresses {
  private Addresses() {}

  /** The address that {@code text} is, IPv4 with four parts or IPv6; empty for a name. */
  public static Optional<InetAddress> parse(String text) {
    try {
      byte[] bytes = Address.toByteArray(text, Address.IPv4);
      if (bytes == null && text.indexOf(':') >= 0) {
        bytes = Address.toByteArray(text, Address.IPv6);
      }
      return bytes == null ? Optional.empty() : Optional.of(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }
}
