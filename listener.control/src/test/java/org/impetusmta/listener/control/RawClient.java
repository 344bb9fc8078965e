package org.impetusmta.listener.control;

import io.netty.channel.unix.DomainSocketAddress;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The client's side of the protocol, octet by octet. */
final class RawClient implements AutoCloseable {
  final SocketChannel channel;

  RawClient(SocketAddress address) throws IOException {
    channel =
        switch (address) {
          case InetSocketAddress tcp -> SocketChannel.open(tcp);
          case DomainSocketAddress unix ->
              SocketChannel.open(UnixDomainSocketAddress.of(unix.path()));
          default -> SocketChannel.open(address);
        };
  }

  RawClient greeted() throws IOException {
    if (!line().startsWith("impetus-console 1 ")) {
      throw new IOException("no greeting");
    }
    return this;
  }

  void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.UTF_8));
  }

  void send(byte[] octets) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(octets);
    while (out.hasRemaining()) {
      channel.write(out);
    }
  }

  /** The next answer: its first word, a blank and its text. */
  String answer() throws IOException {
    String[] header = line().split(" ");
    return header[0] + " " + new String(read(Integer.parseInt(header[1])), StandardCharsets.UTF_8);
  }

  String ask(String line) throws IOException {
    send(line + "\n");
    return answer();
  }

  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (char c = (char) read(1)[0]; c != '\n'; c = (char) read(1)[0]) {
      line.append(c);
    }
    return line.toString();
  }

  private byte[] read(int length) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(length);
    while (in.hasRemaining()) {
      if (channel.read(in) < 0) {
        throw new EOFException();
      }
    }
    return in.array();
  }

  /** Whether the server has ended the session. */
  boolean ended() throws IOException {
    return channel.read(ByteBuffer.allocate(1)) < 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
