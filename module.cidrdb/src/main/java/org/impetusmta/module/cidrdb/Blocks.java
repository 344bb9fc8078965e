package org.impetusmta.module.cidrdb;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.Cidr;

/** The blocks of a list, both families, and their values. Immutable. */
final class Blocks {
  /** No block. */
  static final Blocks NONE = new Builder().build();

  private final PrefixTable ipv4;
  private final PrefixTable ipv6;
  private final String[] values;
  private final long entries;

  private Blocks(PrefixTable ipv4, PrefixTable ipv6, String[] values, long entries) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.values = values;
    this.entries = entries;
  }

  /** The value of the longest prefix that holds the address. */
  Optional<String> find(InetAddress address) {
    int value = value(address);
    return value == PrefixTable.NONE ? Optional.empty() : Optional.of(values[value]);
  }

  /** Whether a block holds the address. */
  boolean contains(InetAddress address) {
    return value(address) != PrefixTable.NONE;
  }

  private int value(InetAddress address) {
    return (address instanceof Inet4Address ? ipv4 : ipv6).find(address);
  }

  /** How many blocks it was made of, exclusions among them. */
  long entries() {
    return entries;
  }

  /** Octets of memory, the texts of values aside. */
  long octets() {
    return ipv4.octets() + ipv6.octets() + 8L * values.length;
  }

  /** Gathers blocks. Single. */
  static final class Builder {
    private final PrefixBuilder ipv4 = new PrefixBuilder(false);
    private final PrefixBuilder ipv6 = new PrefixBuilder(true);
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> values = new ArrayList<>(List.of(""));

    /** A block with a value. */
    void add(Cidr block, String value) {
      add(block, number(value));
    }

    /** A block that is taken out of what is around it. */
    void exclude(Cidr block) {
      add(block, PrefixTable.NONE);
    }

    private void add(Cidr block, int value) {
      (block.ipv6() ? ipv6 : ipv4)
          .add(PrefixTable.high(block), PrefixTable.low(block), block.prefixLength(), value);
    }

    private int number(String value) {
      Integer known = numbers.get(value);
      if (known == null) {
        known = values.size();
        values.add(value);
        numbers.put(value, known);
      }
      return known;
    }

    int size() {
      return ipv4.size() + ipv6.size();
    }

    Blocks build() {
      return new Blocks(ipv4.build(), ipv6.build(), values.toArray(String[]::new), size());
    }
  }
}
