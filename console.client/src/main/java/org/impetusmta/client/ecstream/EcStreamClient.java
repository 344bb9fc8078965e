package org.impetusmta.client.ecstream;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.ecstream.EcStreamException;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameCodec;
import org.impetusmta.api.ecstream.FrameReader;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;

/**
 * A client of ECStream. {@link #submit} waits only while as many messages are under way as the
 * server allows; a message's replies come when its mail is durable. A message whose future fails
 * may have been taken or not. Concurrent.
 */
public final class EcStreamClient implements AutoCloseable {
  private record UnderWay(int recipients, int octets, CompletableFuture<List<Reply>> result) {}

  private final Socket socket = new Socket();
  private final OutputStream out;
  private final InputStream in;
  private final FrameReader reader = new FrameReader(0, 0);
  private final Frame.Welcome limits;
  private final Map<Integer, UnderWay> underWay = new LinkedHashMap<>();
  private ByteBuffer arrived = ByteBuffer.allocate(0);
  private long octets;
  private int sequence;
  private boolean over;

  /**
   * Connects and says hello.
   *
   * @param name what the client calls itself, as in EHLO
   * @throws IOException also when the server does not want us
   */
  public EcStreamClient(InetSocketAddress server, String name, int timeoutMillis)
      throws IOException {
    try {
      socket.connect(server, timeoutMillis);
      socket.setSoTimeout(timeoutMillis);
      socket.setTcpNoDelay(true);
      out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
      in = socket.getInputStream();
      out.write(FrameCodec.encode(new Frame.Hello(FrameCodec.VERSION, name)));
      out.flush();
      limits =
          switch (read()) {
            case Frame.Welcome welcome -> welcome;
            case Frame.Bye bye -> throw new IOException("refused: " + bye.reply());
            default -> throw new IOException("the server does not say welcome");
          };
      socket.setSoTimeout(0);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    Thread.ofVirtual().name("ecstream").start(this::listen);
  }

  /** What the server allows. */
  public Frame.Welcome limits() {
    return limits;
  }

  /**
   * Sends a message.
   *
   * @param body in wire form: lines ended by CRLF, dots doubled at their begin, no final dot
   * @return one reply for each recipient, in their order
   */
  public CompletableFuture<List<Reply>> submit(Address sender, List<Address> recipients, Body body)
      throws IOException, InterruptedException {
    if (recipients.isEmpty()
        || recipients.size() > limits.recipients()
        || body.length() > limits.messageSize()) {
      throw new IllegalArgumentException("beyond what the server allows: " + limits);
    }
    CompletableFuture<List<Reply>> result = new CompletableFuture<>();
    synchronized (this) {
      while (!over
          && !underWay.isEmpty()
          && (underWay.size() >= limits.messages() || octets >= limits.octets())) {
        out.flush();
        wait();
      }
      if (over) {
        throw new IOException("the server has ended the connection");
      }
      int number = sequence++;
      octets += body.length();
      underWay.put(number, new UnderWay(recipients.size(), body.length(), result));
      out.write(FrameCodec.submitHead(number, false, sender, recipients, body.length()));
      body.writeTo(out);
    }
    return result;
  }

  /** Has everything leave that was submitted. */
  public synchronized void flush() throws IOException {
    out.flush();
  }

  private void listen() {
    IOException cause = new IOException("the server has ended the connection");
    try {
      while (read() instanceof Frame.Result result) {
        answered(result);
      }
    } catch (IOException e) {
      cause = e;
    }
    List<UnderWay> left;
    synchronized (this) {
      over = true;
      left = List.copyOf(underWay.values());
      underWay.clear();
      notifyAll();
    }
    for (UnderWay message : left) {
      message.result().completeExceptionally(cause);
    }
  }

  private void answered(Frame.Result result) throws IOException {
    UnderWay message;
    synchronized (this) {
      message = underWay.remove(result.sequence());
      if (message != null) {
        octets -= message.octets();
      }
      notifyAll();
    }
    int count = result.replies().size();
    if (message == null || (count != 1 && count != message.recipients())) {
      throw new IOException("a result for nothing that was asked");
    }
    message
        .result()
        .complete(
            count == 1
                ? Collections.nCopies(message.recipients(), result.replies().getFirst())
                : result.replies());
  }

  private Frame read() throws IOException {
    byte[] octetsRead = new byte[8192];
    while (true) {
      try {
        Optional<Frame> frame = reader.read(arrived);
        if (frame.isPresent()) {
          return frame.get();
        }
      } catch (EcStreamException e) {
        throw new IOException(e.getMessage(), e);
      }
      int count = in.read(octetsRead);
      if (count < 0) {
        throw new IOException("the server has ended the connection");
      }
      arrived = ByteBuffer.wrap(octetsRead, 0, count);
      octetsRead = new byte[8192];
    }
  }

  /** Says goodbye; what is under way is still answered by the server, but nobody listens. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      if (!over) {
        out.write(FrameCodec.encode(new Frame.Bye(new Reply(221, "2.0.0", "bye"))));
        out.flush();
      }
    }
    socket.close();
  }
}
