package org.impetusmta.api.config;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * A network block: {@code 10.0.0.0/8}, {@code 10.1.2.3}, {@code fd82:7796::/32}, {@code ::1}.
 * Addresses that IPv6 maps from IPv4 ({@code ::ffff:10.1.2.3}) are the IPv4 address. Bits behind
 * the prefix are cleared, so equal blocks are equal. Immutable. Source: RFC 4632, RFC 4291.
 *
 * @param ipv6 whether it is a block of IPv6 addresses
 * @param high the upper 64 bits of an IPv6 network; 0 for IPv4
 * @param low the lower 64 bits of an IPv6 network; an IPv4 network as an unsigned 32 bit number
 * @param prefixLength 0 to 32, 0 to 128 for IPv6
 */
public record Cidr(boolean ipv6, long high, long low, int prefixLength) {
  static final long IPV4_MASK = 0xffff_ffffL;

  public Cidr {
    if (prefixLength < 0 || prefixLength > (ipv6 ? 128 : 32)) {
      throw new IllegalArgumentException("prefix length out of range: " + prefixLength);
    }
    high &= highMask(ipv6, prefixLength);
    low &= lowMask(ipv6, prefixLength);
  }

  /**
   * Reads a block or an address. IPv6 may stand in square brackets. Names are not looked up.
   *
   * @throws IllegalArgumentException when it is none; the message says what is wrong
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    if (address.length() > 2 && address.startsWith("[") && address.endsWith("]")) {
      address = address.substring(1, address.length() - 1);
    }
    Cidr host = address.indexOf(':') >= 0 ? ipv6(address, text) : ipv4(address, text);
    if (slash < 0) {
      return host;
    }
    int longest = host.ipv6 ? 128 : 32;
    int length = number(text.substring(slash + 1), longest);
    if (length < 0) {
      throw new IllegalArgumentException(
          "the prefix length of \"" + text + "\" is not a number from 0 to " + longest);
    }
    return new Cidr(host.ipv6, host.high, host.low, length);
  }

  /** The block that holds this address alone. */
  public static Cidr of(InetAddress address) {
    return of(address.getAddress());
  }

  private static Cidr of(byte[] address) {
    boolean ipv6 = isIpv6(address);
    return new Cidr(ipv6, high(address), low(address), ipv6 ? 128 : 32);
  }

  /** Whether the address lies in this block. */
  public boolean contains(InetAddress address) {
    return contains(address.getAddress());
  }

  /** Whether the address, 4 or 16 octets in network order, lies in this block. */
  public boolean contains(byte[] address) {
    return isIpv6(address) == ipv6
        && (high(address) & highMask(ipv6, prefixLength)) == high
        && (low(address) & lowMask(ipv6, prefixLength)) == low;
  }

  /** The block in its usual spelling; a single address without a prefix length. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    if (ipv6) {
      for (int shift = 112; shift >= 0; shift -= 16) {
        long word = shift >= 64 ? high >>> (shift - 64) : low >>> shift;
        out.append(Long.toHexString(word & 0xffff)).append(shift == 0 ? "" : ":");
      }
    } else {
      for (int shift = 24; shift >= 0; shift -= 8) {
        out.append((low >>> shift) & 0xff).append(shift == 0 ? "" : ".");
      }
    }
    return prefixLength == (ipv6 ? 128 : 32)
        ? out.toString()
        : out.append('/').append(prefixLength).toString();
  }

  static boolean isIpv6(byte[] address) {
    return address.length == 16 && !isMapped(address);
  }

  private static boolean isMapped(byte[] address) {
    for (int i = 0; i < 10; i++) {
      if (address[i] != 0) {
        return false;
      }
    }
    return address[10] == -1 && address[11] == -1;
  }

  static long high(byte[] address) {
    return isIpv6(address) ? number(address, 0, 8) : 0;
  }

  static long low(byte[] address) {
    return isIpv6(address)
        ? number(address, 8, 16)
        : number(address, address.length - 4, address.length);
  }

  static long highMask(boolean ipv6, int prefixLength) {
    if (!ipv6 || prefixLength == 0) {
      return 0;
    }
    return prefixLength >= 64 ? -1L : -1L << (64 - prefixLength);
  }

  static long lowMask(boolean ipv6, int prefixLength) {
    if (ipv6) {
      return prefixLength <= 64 ? 0 : -1L << (128 - prefixLength);
    }
    return prefixLength == 0 ? 0 : (-1L << (32 - prefixLength)) & IPV4_MASK;
  }

  private static long number(byte[] octets, int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      number = number << 8 | (octets[i] & 0xff);
    }
    return number;
  }

  /** Four decimal numbers without leading zeros: 010 is 8 to some and 10 to others. */
  private static Cidr ipv4(String address, String whole) {
    String[] parts = address.split("\\.", -1);
    if (parts.length != 4) {
      throw notAnAddress(whole);
    }
    long value = 0;
    for (String part : parts) {
      int octet = number(part, 255);
      if (octet < 0) {
        throw notAnAddress(whole);
      }
      value = value << 8 | octet;
    }
    return new Cidr(false, 0, value, 32);
  }

  private static Cidr ipv6(String address, String whole) {
    if (address.indexOf('%') >= 0) {
      throw notAnAddress(whole);
    }
    try {
      return switch (InetAddress.ofLiteral(address)) {
        case Inet6Address found -> of(found.getAddress());
        case Inet4Address mapped -> of(mapped.getAddress());
        default -> throw notAnAddress(whole);
      };
    } catch (IllegalArgumentException _) {
      throw notAnAddress(whole);
    }
  }

  /** A decimal number without leading zeros, -1 if it is none or above the largest. */
  private static int number(String text, int largest) {
    if (text.isEmpty() || text.length() > 3 || (text.length() > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    int number = 0;
    for (int i = 0; i < text.length(); i++) {
      char digit = text.charAt(i);
      if (digit < '0' || digit > '9') {
        return -1;
      }
      number = number * 10 + digit - '0';
    }
    return number <= largest ? number : -1;
  }

  private static IllegalArgumentException notAnAddress(String text) {
    return new IllegalArgumentException("\"" + text + "\" is no address or network block");
  }
}
