package org.impetusmta.net;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the header of the PROXY protocol (haproxy, proxy-protocol.txt), version 1 or 2; the first
 * octet tells which. Takes no octet that follows it, and keeps no more of it than the addresses:
 * extensions of version 2 are skipped as they arrive.
 *
 * <p>Thread-safety: single.
 */
final class ProxyHeader {
  /** Octets of a line of version 1 with its CRLF (section 2.1). */
  static final int LONGEST_LINE = 107;

  private static final byte[] SIGNATURE = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
  };
  private static final byte[] WORD = "PROXY ".getBytes(StandardCharsets.US_ASCII);

  /** What stands before the addresses in version 2. */
  private static final int FIXED = 16;

  private static final int IPV4 = 12;
  private static final int IPV6 = 36;
  private static final Pattern NUMBER = Pattern.compile("0|[1-9]\\d{0,4}");
  private static final Pattern QUAD =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");
  private static final Pattern HEXTETS = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

  /** It is not what it has to be. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String why) {
      super(why);
    }
  }

  private final byte[] head = new byte[LONGEST_LINE];
  private int length;
  private int skip;
  private boolean complete;
  private Optional<InetSocketAddress> client = Optional.empty();

  /**
   * Takes octets from {@code in}, up to the end of the header.
   *
   * @return whether the header is complete
   * @throws Malformed when it cannot become a header
   */
  boolean read(ByteBuf in) throws Malformed {
    while (!complete && in.isReadable()) {
      if (skip > 0) {
        int some = Math.min(skip, in.readableBytes());
        in.skipBytes(some);
        skip -= some;
        complete = skip == 0;
      } else {
        head[length++] = in.readByte();
        looked();
      }
    }
    return complete;
  }

  /** The client that it names; empty where it names none. */
  Optional<InetSocketAddress> client() {
    return client;
  }

  /** Looks at the octet that came last. */
  private void looked() throws Malformed {
    int at = length - 1;
    if (head[0] == SIGNATURE[0]) {
      if (at < SIGNATURE.length) {
        if (head[at] != SIGNATURE[at]) {
          throw new Malformed("no PROXY header");
        }
      } else {
        binary();
      }
    } else if (at < WORD.length) {
      if (head[at] != WORD[at]) {
        throw new Malformed("no PROXY header");
      }
    } else if (head[at] == '\n') {
      if (head[at - 1] != '\r') {
        throw new Malformed("the PROXY line does not end with CR LF");
      }
      line(new String(head, 0, at - 1, StandardCharsets.US_ASCII));
    } else if (length == LONGEST_LINE) {
      throw new Malformed("the PROXY line is too long");
    }
  }

  // version 1

  private void line(String line) throws Malformed {
    complete = true;
    if (line.equals("PROXY UNKNOWN") || line.startsWith("PROXY UNKNOWN ")) {
      return;
    }
    String[] words = line.split(" ", -1);
    if (words.length != 6 || !(words[1].equals("TCP4") || words[1].equals("TCP6"))) {
      throw new Malformed("the PROXY line is none of TCP4, TCP6 and UNKNOWN");
    }
    boolean six = words[1].equals("TCP6");
    client = Optional.of(new InetSocketAddress(address(words[2], six), port(words[4])));
    address(words[3], six);
    port(words[5]);
  }

  private static InetAddress address(String text, boolean six) throws Malformed {
    boolean wellFormed =
        six
            ? text.indexOf(':') >= 0 && HEXTETS.matcher(text).matches()
            : QUAD.matcher(text).matches();
    if (wellFormed) {
      try {
        return InetAddress.ofLiteral(text);
      } catch (IllegalArgumentException e) {
        throw new Malformed("the PROXY line has a wrong address");
      }
    }
    throw new Malformed("the PROXY line has a wrong address");
  }

  private static int port(String text) throws Malformed {
    int port = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : -1;
    if (port < 0 || port > 65535) {
      throw new Malformed("the PROXY line has a wrong port");
    }
    return port;
  }

  // version 2

  private void binary() throws Malformed {
    if (length < FIXED) {
      if (length == 13 && (head[12] & 0xFF) != 0x20 && (head[12] & 0xFF) != 0x21) {
        throw new Malformed("the PROXY header is of no known version or command");
      }
      return;
    }
    int size = ((head[14] & 0xFF) << 8) | (head[15] & 0xFF);
    boolean local = head[12] == 0x20;
    int family = head[13] & 0xFF;
    if (!local && (family >>> 4 > 3 || (family & 0x0F) > 2)) {
      throw new Malformed("the PROXY header has an unknown family or protocol");
    }
    // a datagram or a Unix socket names nobody whom policy knows
    int addresses = local ? 0 : family == 0x11 ? IPV4 : family == 0x21 ? IPV6 : 0;
    if (size < addresses) {
      throw new Malformed("the PROXY header is shorter than its addresses");
    }
    if (length < FIXED + addresses) {
      return;
    }
    if (addresses > 0) {
      client = Optional.of(source(addresses == IPV4 ? 4 : 16));
    }
    skip = size - addresses;
    complete = skip == 0;
  }

  private InetSocketAddress source(int octets) {
    byte[] address = new byte[octets];
    System.arraycopy(head, FIXED, address, 0, octets);
    int at = FIXED + 2 * octets;
    int port = ((head[at] & 0xFF) << 8) | (head[at + 1] & 0xFF);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("the length is that of an address", e);
    }
  }
}
