package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A list of address blocks, {@code 10.0.0.0/8}, {@code ::1}, {@code fd82::/16}; without a length
 * the whole address counts. Immutable. Source: conf.ref.relay_hosts.
 */
final class AddressBlocks {
  private final List<Block> blocks = new ArrayList<>();

  private static final class Block {
    final byte[] address;
    final int bits;

    Block(byte[] address, int bits) {
      this.address = address;
      this.bits = bits;
    }
  }

  /**
   * @throws IllegalArgumentException when an element is no block; the message names it
   */
  AddressBlocks(List<String> texts) {
    for (String text : texts) {
      blocks.add(block(text));
    }
  }

  private static Block block(String text) {
    int slash = text.indexOf('/');
    String literal = slash < 0 ? text : text.substring(0, slash);
    byte[] address;
    int bits;
    try {
      address = InetAddress.ofLiteral(literal).getAddress();
      bits = slash < 0 ? 8 * address.length : Integer.parseInt(text.substring(slash + 1));
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException("not an address block: " + text, wrong);
    }
    if (bits < 0 || bits > 8 * address.length) {
      throw new IllegalArgumentException("not an address block: " + text);
    }
    return new Block(address, bits);
  }

  /** Whether {@code address} is in one of the blocks. */
  boolean contains(InetAddress address) {
    if (blocks.isEmpty()) {
      return false;
    }
    byte[] octets = address.getAddress();
    for (Block block : blocks) {
      if (covers(block, octets)) {
        return true;
      }
    }
    return false;
  }

  private static boolean covers(Block block, byte[] octets) {
    byte[] wanted = block.address;
    if (wanted.length != octets.length) {
      return false;
    }
    int whole = block.bits >>> 3;
    for (int i = 0; i < whole; i++) {
      if (wanted[i] != octets[i]) {
        return false;
      }
    }
    int rest = block.bits & 7;
    return rest == 0 || ((wanted[whole] ^ octets[whole]) & 0xFF) >>> (8 - rest) == 0;
  }
}
