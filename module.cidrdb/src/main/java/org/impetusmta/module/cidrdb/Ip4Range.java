package org.impetusmta.module.cidrdb;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Cidr;

/**
 * A range of IPv4 addresses as rbldnsd writes them: {@code 10.1.2.3}, {@code 10.1}, {@code
 * 10.1.2.0/24}, {@code 10.1/16}, {@code 10.1.2.3-9}, {@code 10.1-3}, {@code 10.1.2.3-10.1.4.5}.
 * Immutable.
 *
 * @param first the first address as an unsigned number
 * @param last the last one
 */
record Ip4Range(long first, long last) {
  /** The range that a text is. */
  static Optional<Ip4Range> parse(String text) {
    int slash = text.indexOf('/');
    int hyphen = text.indexOf('-');
    if (slash >= 0) {
      Optional<Ip4Range> network = network(text.substring(0, slash));
      int bits = number(text.substring(slash + 1), 32);
      if (network.isEmpty() || bits < 0) {
        return Optional.empty();
      }
      long size = 1L << (32 - bits);
      long first = network.get().first & -size;
      return Optional.of(new Ip4Range(first, first + size - 1));
    }
    if (hyphen < 0) {
      return network(text);
    }
    String from = text.substring(0, hyphen);
    String to = text.substring(hyphen + 1);
    if (to.indexOf('.') < 0 && from.lastIndexOf('.') >= 0) {
      to = from.substring(0, from.lastIndexOf('.') + 1) + to;
    }
    Optional<Ip4Range> begin = network(from);
    Optional<Ip4Range> end = network(to);
    return begin.isPresent() && end.isPresent() && begin.get().first <= end.get().last
        ? Optional.of(new Ip4Range(begin.get().first, end.get().last))
        : Optional.empty();
  }

  /** One to four octets; those that are missing are all there are. */
  private static Optional<Ip4Range> network(String text) {
    String[] octets = text.split("\\.", -1);
    if (octets.length > 4) {
      return Optional.empty();
    }
    long first = 0;
    for (String octet : octets) {
      int number = number(octet, 255);
      if (number < 0) {
        return Optional.empty();
      }
      first = first << 8 | number;
    }
    int missing = 8 * (4 - octets.length);
    first <<= missing;
    return Optional.of(new Ip4Range(first, first + (1L << missing) - 1));
  }

  private static int number(String text, int largest) {
    if (text.isEmpty() || text.length() > 3 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    int number = Integer.parseInt(text);
    return number <= largest ? number : -1;
  }

  /** How many addresses. */
  long size() {
    return last - first + 1;
  }

  /** The least number of blocks that are the range together. */
  List<Cidr> blocks() {
    List<Cidr> blocks = new ArrayList<>(2);
    long at = first;
    while (at <= last) {
      int bits = at == 0 ? 32 : Math.min(32, Long.numberOfTrailingZeros(at));
      while (at + (1L << bits) - 1 > last) {
        bits--;
      }
      blocks.add(new Cidr(false, 0, at, 32 - bits));
      at += 1L << bits;
    }
    return blocks;
  }
}
