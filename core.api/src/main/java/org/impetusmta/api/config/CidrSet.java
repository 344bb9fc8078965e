package org.impetusmta.api.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * A list of network blocks, as {@code Relay_Hosts} has it, made for asking. The blocks are kept as
 * sorted numbers, one array for each prefix length in use, longest first; an address is looked up
 * by a binary search in each, without allocation. May be the type of an {@link Option}. Immutable;
 * safe for any thread.
 */
public final class CidrSet {
  /** No block: holds no address. */
  public static final CidrSet EMPTY = new CidrSet(List.of());

  private final List<Cidr> blocks;
  private final Length[] ipv4;
  private final Length[] ipv6;

  private CidrSet(Collection<Cidr> blocks) {
    this.blocks = List.copyOf(new LinkedHashSet<>(blocks));
    this.ipv4 = lengths(false);
    this.ipv6 = lengths(true);
  }

  /** The set of these blocks; those said twice count once. */
  public static CidrSet of(Collection<Cidr> blocks) {
    return blocks.isEmpty() ? EMPTY : new CidrSet(blocks);
  }

  /**
   * The set of the blocks that are spelled so; see {@link Cidr#parse}.
   *
   * @throws IllegalArgumentException when one of them is no block
   */
  public static CidrSet parse(Collection<String> texts) {
    return of(texts.stream().map(Cidr::parse).toList());
  }

  /** The blocks in the order they were given in. */
  public List<Cidr> blocks() {
    return blocks;
  }

  public boolean isEmpty() {
    return blocks.isEmpty();
  }

  /** Whether one of the blocks holds the address. */
  public boolean contains(InetAddress address) {
    return contains(address.getAddress());
  }

  /** Whether one of the blocks holds the address, 4 or 16 octets in network order. */
  public boolean contains(byte[] address) {
    boolean six = Cidr.isIpv6(address);
    long high = Cidr.high(address);
    long low = Cidr.low(address);
    for (Length length : six ? ipv6 : ipv4) {
      if (length.holds(high, low)) {
        return true;
      }
    }
    return false;
  }

  /** The block with the longest prefix that holds the address. */
  public Optional<Cidr> mostSpecific(InetAddress address) {
    return matching(address).stream().findFirst();
  }

  /** Every block that holds the address, longest prefix first. */
  public List<Cidr> matching(InetAddress address) {
    byte[] octets = address.getAddress();
    boolean six = Cidr.isIpv6(octets);
    long high = Cidr.high(octets);
    long low = Cidr.low(octets);
    List<Cidr> found = new ArrayList<>(2);
    for (Length length : six ? ipv6 : ipv4) {
      if (length.holds(high, low)) {
        found.add(new Cidr(six, high, low, length.bits));
      }
    }
    return found;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CidrSet set && blocks.equals(set.blocks);
  }

  @Override
  public int hashCode() {
    return blocks.hashCode();
  }

  @Override
  public String toString() {
    return blocks.toString();
  }

  private Length[] lengths(boolean six) {
    return blocks.stream()
        .filter(block -> block.ipv6() == six)
        .map(Cidr::prefixLength)
        .distinct()
        .sorted(Comparator.reverseOrder())
        .map(bits -> new Length(six, bits, blocks))
        .toArray(Length[]::new);
  }

  /** The blocks of one prefix length, sorted as unsigned numbers. */
  private static final class Length {
    private final int bits;
    private final long highMask;
    private final long lowMask;
    private final long[] highs;
    private final long[] lows;

    Length(boolean six, int bits, List<Cidr> all) {
      List<Cidr> blocks =
          all.stream()
              .filter(block -> block.ipv6() == six && block.prefixLength() == bits)
              .sorted((a, b) -> compare(a.high(), a.low(), b.high(), b.low()))
              .toList();
      this.bits = bits;
      this.highMask = Cidr.highMask(six, bits);
      this.lowMask = Cidr.lowMask(six, bits);
      this.highs = blocks.stream().mapToLong(Cidr::high).toArray();
      this.lows = blocks.stream().mapToLong(Cidr::low).toArray();
    }

    boolean holds(long high, long low) {
      long wantedHigh = high & highMask;
      long wantedLow = low & lowMask;
      int from = 0;
      int to = lows.length - 1;
      while (from <= to) {
        int middle = (from + to) >>> 1;
        int order = compare(highs[middle], lows[middle], wantedHigh, wantedLow);
        if (order == 0) {
          return true;
        }
        if (order < 0) {
          from = middle + 1;
        } else {
          to = middle - 1;
        }
      }
      return false;
    }

    private static int compare(long highA, long lowA, long highB, long lowB) {
      int order = Long.compareUnsigned(highA, highB);
      return order == 0 ? Long.compareUnsigned(lowA, lowB) : order;
    }
  }
}
