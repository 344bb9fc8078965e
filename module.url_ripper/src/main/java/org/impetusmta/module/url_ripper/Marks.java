package org.impetusmta.module.url_ripper;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.ConfigException;

/**
 * What an address of the list means: the context keys of {@code bits}, whose mask has a bit in
 * common with it, and of {@code values}, which it equals. Only answers in 127.0.0.0/8 have bits
 * (RFC 5782 section 2.1): any other is no list's. Immutable.
 */
final class Marks {
  private final List<Mark> bits = new ArrayList<>();
  private final List<Mark> values = new ArrayList<>();

  private record Mark(int address, String key) {}

  /**
   * @param where what messages begin with
   */
  Marks(Map<String, String> bits, Map<String, String> values, String where) throws ConfigException {
    read(bits, this.bits, where + "bits");
    read(values, this.values, where + "values");
    if (bits.isEmpty() && values.isEmpty()) {
      throw new ConfigException(where + "expected bits or values: no hit would count");
    }
  }

  private static void read(Map<String, String> from, List<Mark> to, String where)
      throws ConfigException {
    for (Map.Entry<String, String> entry : from.entrySet()) {
      Cidr address;
      try {
        address = Cidr.parse(entry.getKey());
      } catch (IllegalArgumentException none) {
        throw new ConfigException(
            where + ": \"" + entry.getKey() + "\", expected an IPv4 address = \"variable\"");
      }
      if (address.ipv6() || address.prefixLength() != 32 || entry.getValue().isBlank()) {
        throw new ConfigException(
            where + ": \"" + entry.getKey() + "\", expected an IPv4 address = \"variable\"");
      }
      to.add(new Mark((int) address.low(), entry.getValue()));
    }
  }

  /** The keys of an answer. */
  List<String> of(int address) {
    List<String> keys = new ArrayList<>(1);
    if (address >>> 24 == 127) {
      for (Mark mark : bits) {
        if ((mark.address() & address) != 0) {
          keys.add(mark.key());
        }
      }
    }
    for (Mark mark : values) {
      if (mark.address() == address) {
        keys.add(mark.key());
      }
    }
    return keys;
  }

  /** All keys. */
  Set<String> keys() {
    Set<String> keys = new TreeSet<>();
    bits.forEach(mark -> keys.add(mark.key()));
    values.forEach(mark -> keys.add(mark.key()));
    return keys;
  }
}
