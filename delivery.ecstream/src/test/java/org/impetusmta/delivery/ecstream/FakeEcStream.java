package org.impetusmta.delivery.ecstream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.impetusmta.api.ecstream.EcStreamException;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameReader;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;

/** A far end on loopback, one thread for each connection, that does what its script says. */
final class FakeEcStream implements AutoCloseable {
  /** What it does with a connection. */
  interface Script {
    void run(Dialogue dialogue) throws IOException;
  }

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  final AtomicInteger taken = new AtomicInteger();
  final AtomicReference<Throwable> failure = new AtomicReference<>();

  FakeEcStream(Script script) throws IOException {
    Thread.ofVirtual()
        .start(
            () -> {
              while (!server.isClosed()) {
                try {
                  Socket socket = server.accept();
                  sockets.add(socket);
                  Thread.ofVirtual().start(() -> serve(script, socket));
                } catch (IOException closed) {
                  return;
                }
              }
            });
  }

  private void serve(Script script, Socket socket) {
    try (socket) {
      script.run(new Dialogue(socket));
    } catch (IOException gone) {
      failure.compareAndSet(null, gone);
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException gone) {
      failure.compareAndSet(null, gone);
    }
  }

  /** Frames on a socket. */
  final class Dialogue {
    private final InputStream in;
    private final OutputStream out;
    private final FrameReader reader = new FrameReader(1 << 20, 1000);
    private final ArrayDeque<Frame> frames = new ArrayDeque<>();

    Dialogue(Socket socket) throws IOException {
      in = socket.getInputStream();
      out = socket.getOutputStream();
    }

    /** The next frame; null at the end. */
    @Nullable Frame read() throws IOException {
      byte[] octets = new byte[8192];
      while (frames.isEmpty()) {
        int count = in.read(octets);
        if (count < 0) {
          return null;
        }
        ByteBuffer some = ByteBuffer.wrap(octets, 0, count);
        try {
          while (some.hasRemaining()) {
            Optional<Frame> frame = reader.read(some);
            frame.ifPresent(frames::add);
          }
        } catch (EcStreamException e) {
          throw new IOException(e);
        }
      }
      return frames.poll();
    }

    void write(Frame frame) throws IOException {
      out.write(org.impetusmta.api.ecstream.FrameCodec.encode(frame));
    }

    void raw(String text) throws IOException {
      out.write(text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    /** HELLO and WELCOME. */
    void open(int messages, int octets) throws IOException {
      if (read() instanceof Frame.Hello) {
        write(new Frame.Welcome(1, messages, octets, 100, 1 << 20));
      }
    }

    /** Answers every message by {@code answers}, asked for each recipient. */
    void answer(java.util.function.Function<Address, Reply> answers) throws IOException {
      while (read() instanceof Frame.Submit submit) {
        List<Reply> replies = new ArrayList<>();
        for (Address recipient : submit.recipients()) {
          Reply reply = answers.apply(recipient);
          if (reply.isPositive()) {
            taken.incrementAndGet();
          }
          replies.add(reply);
        }
        write(new Frame.Result(submit.sequence(), replies));
      }
    }
  }
}
