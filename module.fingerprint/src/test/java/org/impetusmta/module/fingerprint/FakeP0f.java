package org.impetusmta.module.fingerprint;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** p0f of either version; it knows all hosts as Linux, or none. Concurrent. */
final class FakeP0f implements AutoCloseable {
  private final ServerSocketChannel server;
  private final int version;
  private final boolean knows;
  final AtomicInteger asked = new AtomicInteger();

  FakeP0f(Path socket, int version, boolean knows) throws IOException {
    this.version = version;
    this.knows = knows;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::serve);
  }

  private void serve() {
    while (server.isOpen()) {
      try (SocketChannel client = server.accept()) {
        answer(client);
      } catch (IOException gone) {
        if (!server.isOpen()) {
          return;
        }
      }
    }
  }

  private void answer(SocketChannel client) throws IOException {
    ByteBuffer query = ByteBuffer.allocate(version == 3 ? 21 : 24).order(ByteOrder.nativeOrder());
    while (query.hasRemaining()) {
      if (client.read(query) < 0) {
        return;
      }
      if (query.position() >= 4 && query.getInt(0) != (version == 3 ? 0x50304601 : 0x0defaced)) {
        return;
      }
    }
    asked.incrementAndGet();
    ByteBuffer answer = version == 3 ? third() : second(query);
    while (answer.hasRemaining()) {
      client.write(answer);
    }
  }

  private ByteBuffer third() {
    ByteBuffer answer = ByteBuffer.allocate(232).order(ByteOrder.nativeOrder());
    answer.putInt(0x50304602).putInt(knows ? 0x10 : 0x20);
    if (knows) {
      answer.put(40, "Linux".getBytes(StandardCharsets.US_ASCII));
      answer.put(72, "3.11 and newer".getBytes(StandardCharsets.US_ASCII));
    }
    return answer.position(0);
  }

  private ByteBuffer second(ByteBuffer query) {
    ByteBuffer answer = ByteBuffer.allocate(144).order(ByteOrder.nativeOrder());
    answer.putInt(0x0defaced).putInt(query.getInt(8));
    answer.put(8, (byte) (knows ? 0 : 2));
    if (knows) {
      answer.put(9, "Windows".getBytes(StandardCharsets.US_ASCII));
      answer.put(29, "2000 \u0001P4".getBytes(StandardCharsets.US_ASCII));
    }
    return answer.position(0);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
