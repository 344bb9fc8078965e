package org.impetusmta.module.snmp;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.impetusmta.api.config.ConfigException;
import org.snmp4j.smi.UdpAddress;

/** Reads {@code ip_address:udp_port}; the address may be in brackets, or {@code *}. Stateless. */
final class Endpoint {
  private Endpoint() {}

  /**
   * The address.
   *
   * @param what what it is, for the message
   * @throws ConfigException when it is none
   */
  static UdpAddress parse(String what, String text) throws ConfigException {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    String port = text.substring(colon + 1);
    boolean literal = host.matches("[0-9.]+|\\[?[0-9A-Fa-f:.%]+]?");
    if ((literal || host.equals("*")) && port.matches("\\d{1,5}")) {
      try {
        int number = Integer.parseInt(port);
        if (number <= 65_535) {
          InetAddress address = InetAddress.getByName(host.equals("*") ? "0.0.0.0" : host);
          return new UdpAddress(address, number);
        }
      } catch (UnknownHostException e) {
        // said below
      }
    }
    throw new ConfigException(
        "%s = \"%s\": expected ip_address:udp_port, 127.0.0.1:8162".formatted(what, text));
  }
}
