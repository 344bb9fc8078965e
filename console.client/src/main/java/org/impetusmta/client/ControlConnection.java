package org.impetusmta.client;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.Serial;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A connection to a control listener, protocol version 1 (docs/console-protocol.md). Blocking; one
 * request at a time. Single.
 */
final class ControlConnection implements Closeable {
  private static final String PROTOCOL = "impetus-console 1 ";
  private static final int CONNECT_MILLIS = 10_000;
  private static final int LONGEST_HEADER = 1024;

  private final SocketChannel channel;
  private final ByteBuffer received = ByteBuffer.allocate(16 * 1024).flip();
  private final String server;

  /**
   * What a command printed.
   *
   * @param ok false when it was refused or failed
   * @param text lines ended by LF
   */
  record Answer(boolean ok, String text) {}

  /** The server ended the session, saying why; what it had not answered it has not run. */
  static final class Bye extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    Bye(String reason) {
      super(reason);
    }
  }

  private ControlConnection(SocketChannel channel) throws IOException {
    this.channel = channel;
    String greeting = header();
    if (greeting.startsWith("BYE ")) {
      throw bye(greeting);
    }
    if (!greeting.startsWith(PROTOCOL)) {
      throw new IOException("what answers there is no control listener that this program knows");
    }
    server = greeting.substring(PROTOCOL.length());
  }

  /** Connects, waits for the greeting, and shows who asks where the server wants to know. */
  static ControlConnection open(Address address, Login login) throws IOException {
    SocketAddress to = address.socketAddress();
    SocketChannel channel =
        to instanceof InetSocketAddress
            ? SocketChannel.open()
            : SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      if (to instanceof InetSocketAddress) {
        channel.socket().connect(to, CONNECT_MILLIS);
      } else {
        channel.connect(to);
      }
      ControlConnection opened = new ControlConnection(channel);
      login.authenticate(opened);
      return opened;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** The server's host name and version, from its greeting. */
  String server() {
    return server;
  }

  /**
   * Has the server run a line.
   *
   * @throws Bye when the server ended the session without running it
   * @throws IOException when the connection was lost; the line may have been run
   */
  Answer request(String line) throws IOException {
    if (line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0) {
      throw new IllegalArgumentException("a command is one line");
    }
    goodbye();
    IOException lost = null;
    try {
      ByteBuffer out = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
      while (out.hasRemaining()) {
        channel.write(out);
      }
    } catch (IOException e) {
      lost = e; // what the server said before it went may still be there to read
    }
    try {
      return answer();
    } catch (Bye e) {
      throw e;
    } catch (IOException e) {
      throw lost == null ? e : lost;
    }
  }

  private Answer answer() throws IOException {
    String header = header();
    if (header.startsWith("BYE ")) {
      throw bye(header);
    }
    boolean ok = header.startsWith("OK ");
    if (!ok && !header.startsWith("ERR ")) {
      throw new IOException("the server does not keep to the protocol: \"" + header + "\"");
    }
    return new Answer(ok, new String(octets(header), StandardCharsets.UTF_8));
  }

  /** Takes notice of a BYE that came while nothing was asked. */
  private void goodbye() throws IOException {
    if (!received.hasRemaining()) {
      channel.configureBlocking(false);
      int count;
      try {
        count = channel.read(received.clear());
      } finally {
        received.flip();
        channel.configureBlocking(true);
      }
      if (count < 0) {
        throw new Bye("the server closed the connection");
      }
    }
    if (received.hasRemaining()) {
      throw bye(header());
    }
  }

  private Bye bye(String header) throws IOException {
    return new Bye(
        header.startsWith("BYE ")
            ? new String(octets(header), StandardCharsets.UTF_8).strip()
            : "the server does not keep to the protocol");
  }

  private byte[] octets(String header) throws IOException {
    byte[] octets;
    try {
      octets = new byte[Integer.parseUnsignedInt(header.substring(header.indexOf(' ') + 1))];
    } catch (NumberFormatException | NegativeArraySizeException e) {
      throw new IOException("the server does not keep to the protocol: \"" + header + "\"", e);
    }
    int at = 0;
    while (at < octets.length) {
      if (!received.hasRemaining()) {
        fill();
      }
      int length = Math.min(received.remaining(), octets.length - at);
      received.get(octets, at, length);
      at += length;
    }
    return octets;
  }

  private String header() throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < LONGEST_HEADER) {
      if (!received.hasRemaining()) {
        fill();
      }
      char c = (char) (received.get() & 0xFF);
      if (c == '\n') {
        return line.toString();
      }
      line.append(c);
    }
    throw new IOException("what answers there is no control listener");
  }

  private void fill() throws IOException {
    int count = channel.read(received.clear());
    received.flip();
    if (count < 0) {
      throw new EOFException("the server closed the connection");
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
