package org.impetusmta.api.delivery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.impetusmta.api.message.Reply;

/**
 * A proxy that a connection takes its way through. Immutable.
 *
 * @param address where it listens
 * @param source the address that the proxy is told to connect from; empty: whatever it likes
 * @param login user and password for SOCKS5 (RFC 1929)
 * @param unavailable why it cannot be used now: the mail is deferred with that
 */
public record EgressProxy(
    Protocol protocol,
    InetSocketAddress address,
    Optional<InetAddress> source,
    Optional<Login> login,
    Optional<Reply> unavailable) {

  /** What it speaks. */
  public enum Protocol {
    /** A line of text (haproxy, proxy-protocol.txt section 2.1). */
    PROXY_V1,
    /** A binary header (section 2.2). */
    PROXY_V2,
    /** RFC 1928. */
    SOCKS5
  }

  /** Who asks. */
  public record Login(String user, String password) {
    @Override
    public String toString() {
      return user;
    }
  }
}
