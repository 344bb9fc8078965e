package org.impetusmta.api.delivery;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What is said to a proxy before the connection is the peer's: the header of the PROXY protocol, to
 * which there is no answer, or the dialogue of SOCKS5 (RFC 1928, with RFC 1929). Octets in, octets
 * out. Not thread-safe: single.
 */
public final class ProxyHandshake {
  private static final byte[] V2_SIGNATURE = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
  };

  private enum State {
    METHOD,
    LOGIN,
    CONNECT,
    DONE
  }

  private final EgressProxy proxy;
  private final InetSocketAddress destination;
  private final ByteBuffer answer = ByteBuffer.allocate(262);
  private State state = State.METHOD;

  /**
   * @param destination the peer, resolved
   */
  public ProxyHandshake(EgressProxy proxy, InetSocketAddress destination) {
    this.proxy = proxy;
    this.destination = destination;
  }

  /** What is sent first. */
  public byte[] begin() {
    return switch (proxy.protocol()) {
      case PROXY_V1 -> {
        state = State.DONE;
        yield v1();
      }
      case PROXY_V2 -> {
        state = State.DONE;
        yield v2();
      }
      case SOCKS5 -> proxy.login().isPresent() ? new byte[] {5, 2, 0, 2} : new byte[] {5, 1, 0};
    };
  }

  /** Whether the connection is the peer's now. */
  public boolean isDone() {
    return state == State.DONE;
  }

  /**
   * Takes what the proxy says, and no octet more: what is left in {@code from} when it is done is
   * the peer's.
   *
   * @return what is sent next; empty: nothing
   */
  public Optional<byte[]> received(ByteBuffer from) throws ProxyFailure {
    while (from.hasRemaining() && state != State.DONE) {
      answer.put(from.get());
      if (answer.position() == needed()) {
        Optional<byte[]> next = answered();
        answer.clear();
        if (next.isPresent()) {
          return next;
        }
      }
    }
    return Optional.empty();
  }

  /** Octets that the answer has, as far as its beginning tells. */
  private int needed() throws ProxyFailure {
    int version = state == State.LOGIN ? 1 : 5;
    if (answer.get(0) != version) {
      throw failure("does not speak SOCKS5");
    }
    if (state != State.CONNECT) {
      return 2;
    }
    if (answer.position() < 5) {
      return 5;
    }
    return switch (answer.get(3)) {
      case 1 -> 4 + 4 + 2;
      case 3 -> 4 + 1 + (answer.get(4) & 0xFF) + 2;
      case 4 -> 4 + 16 + 2;
      default -> throw failure("answers with an address of unknown type");
    };
  }

  private Optional<byte[]> answered() throws ProxyFailure {
    int code = answer.get(1) & 0xFF;
    if (state == State.METHOD && code == 2 && proxy.login().isPresent()) {
      state = State.LOGIN;
      return Optional.of(login(proxy.login().get()));
    }
    if (code != 0) {
      throw failure(
          switch (state) {
            case METHOD -> code == 2 ? "wants a login" : "accepts no method of ours";
            case LOGIN -> "refuses the login";
            case CONNECT, DONE -> refusal(code);
          });
    }
    if (state == State.CONNECT) {
      state = State.DONE;
      return Optional.empty();
    }
    state = State.CONNECT;
    return Optional.of(connect());
  }

  private ProxyFailure failure(String why) {
    return ProxyFailure.of(proxy, why);
  }

  private static String refusal(int code) {
    return switch (code) {
      case 1 -> "general SOCKS server failure";
      case 2 -> "connection not allowed by ruleset";
      case 3 -> "Network unreachable";
      case 4 -> "Host unreachable";
      case 5 -> "Connection refused";
      case 6 -> "TTL expired";
      case 7 -> "Command not supported";
      case 8 -> "Address type not supported";
      default -> "refuses with code " + code;
    };
  }

  private static byte[] login(EgressProxy.Login login) {
    byte[] user = octets(login.user());
    byte[] password = octets(login.password());
    return ByteBuffer.allocate(3 + user.length + password.length)
        .put((byte) 1)
        .put((byte) user.length)
        .put(user)
        .put((byte) password.length)
        .put(password)
        .array();
  }

  /** At most 255, which the options see to. */
  private static byte[] octets(String text) {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    return octets.length <= 255 ? octets : java.util.Arrays.copyOf(octets, 255);
  }

  private byte[] connect() {
    byte[] address = destination.getAddress().getAddress();
    return ByteBuffer.allocate(6 + address.length)
        .put((byte) 5)
        .put((byte) 1)
        .put((byte) 0)
        .put((byte) (address.length == 4 ? 1 : 4))
        .put(address)
        .putShort((short) destination.getPort())
        .array();
  }

  private InetAddress source() {
    InetAddress to = destination.getAddress();
    return proxy
        .source()
        .filter(from -> from instanceof Inet4Address == to instanceof Inet4Address)
        .orElseGet(() -> any(to));
  }

  private static InetAddress any(InetAddress like) {
    try {
      return InetAddress.getByAddress(new byte[like.getAddress().length]);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException("the length is that of an address", e);
    }
  }

  private byte[] v1() {
    String family = destination.getAddress() instanceof Inet4Address ? "TCP4" : "TCP6";
    return "PROXY %s %s %s 0 %d\r\n"
        .formatted(
            family,
            source().getHostAddress(),
            destination.getAddress().getHostAddress(),
            destination.getPort())
        .getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] v2() {
    byte[] from = source().getAddress();
    byte[] to = destination.getAddress().getAddress();
    int addresses = 2 * to.length + 4;
    return ByteBuffer.allocate(16 + addresses)
        .put(V2_SIGNATURE)
        .put((byte) 0x21)
        .put((byte) (to.length == 4 ? 0x11 : 0x21))
        .putShort((short) addresses)
        .put(from)
        .put(to)
        .putShort((short) 0)
        .putShort((short) destination.getPort())
        .array();
  }
}
