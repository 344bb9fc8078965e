package org.impetusmta.client.ecstream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.impetusmta.api.ecstream.EcStreamException;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameCodec;
import org.impetusmta.api.ecstream.FrameReader;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;

/**
 * A client of ECStream: one connection, many messages under way on it. {@link #submit} waits only
 * while as many are under way as the server allows; a message's replies come when its mail is
 * durable. What is submitted leaves when 64 KiB of it have gathered, when {@link #flush} says so,
 * or when {@link #submit} or {@link #close} would wait.
 *
 * <p>Where the connection breaks, the futures of what is under way fail with an {@link
 * IOException}: the server may have taken it or not. A {@link NotTaken} says that it did not.
 *
 * <p>Thread-safety: concurrent. Futures are completed on the client's own thread, a virtual one:
 * what depends on them should not block it.
 */
public final class EcStreamClient implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final int LONGEST_WAIT_MILLIS = 100;

  /** The server ended the connection in order, and the message was not taken. */
  public static final class NotTaken extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient Reply reply;

    NotTaken(Reply reply) {
      super("the server has ended the connection: " + reply);
      this.reply = reply;
    }

    /** What the server said. */
    public Reply reply() {
      return reply;
    }
  }

  private record UnderWay(int recipients, int octets, CompletableFuture<List<Reply>> result) {}

  private final Socket socket;
  private final InputStream in;
  private final FrameReader reader = new FrameReader(0, 0);
  private final Frame.Welcome limits;
  private final byte[] read = new byte[BUFFER];
  private final Thread listening;
  private final int timeoutMillis;

  // guarded by this
  private final Map<Integer, UnderWay> underWay = new HashMap<>();
  private long octets;
  private int sequence;
  private boolean over;
  private boolean closing;

  /** Whoever writes holds it, and never waits for an answer meanwhile. */
  private final Object writing = new Object();

  private final OutputStream out;
  private final byte[] gathered = new byte[BUFFER];
  private int filled;

  private ByteBuffer arrived = ByteBuffer.allocate(0);

  /** Connects in clear text and says hello. */
  public EcStreamClient(InetSocketAddress server, String name, int timeoutMillis)
      throws IOException {
    this(server, name, timeoutMillis, Optional.empty());
  }

  /**
   * Connects and says hello.
   *
   * @param name what the client calls itself, as in EHLO
   * @param timeoutMillis for the connection, for the server's welcome, and for {@link #close}
   * @param tls encrypts the connection; the certificate must be good for the server's host name
   * @throws NotTaken when the server does not want us
   */
  public EcStreamClient(
      InetSocketAddress server, String name, int timeoutMillis, Optional<SSLContext> tls)
      throws IOException {
    this.timeoutMillis = timeoutMillis;
    Socket plain = new Socket();
    try {
      plain.connect(server, timeoutMillis);
      plain.setSoTimeout(timeoutMillis);
      plain.setTcpNoDelay(true);
      socket = tls.isPresent() ? encrypted(plain, server, tls.get()) : plain;
      out = socket.getOutputStream();
      in = socket.getInputStream();
      out.write(FrameCodec.encode(new Frame.Hello(FrameCodec.VERSION, name)));
      limits =
          switch (next()) {
            case Frame.Welcome welcome when welcome.version() == FrameCodec.VERSION -> welcome;
            case Frame.Bye bye -> throw new NotTaken(bye.reply());
            default -> throw new IOException("the server does not say welcome");
          };
      socket.setSoTimeout(0);
    } catch (IOException e) {
      plain.close();
      throw e;
    }
    listening = Thread.ofVirtual().name("ecstream").start(this::listen);
  }

  private static Socket encrypted(Socket plain, InetSocketAddress server, SSLContext tls)
      throws IOException {
    SSLSocket socket =
        (SSLSocket)
            tls.getSocketFactory()
                .createSocket(plain, server.getHostString(), server.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  /** What the server allows. */
  public Frame.Welcome limits() {
    return limits;
  }

  /**
   * Sends a message.
   *
   * @param body in wire form ({@link WireForm})
   * @return one reply for each recipient, in their order
   * @throws IllegalArgumentException when it is beyond what the server allows, or an address cannot
   *     be said
   */
  public CompletableFuture<List<Reply>> submit(
      Address sender, List<Address> recipients, boolean eightBitMime, Body body)
      throws IOException, InterruptedException {
    int most = Math.min(limits.recipients(), FrameCodec.MOST_RECIPIENTS);
    if (recipients.isEmpty() || recipients.size() > most || body.length() > limits.messageSize()) {
      throw new IllegalArgumentException(
          "%d recipients and %d octets, allowed are 1 to %d and %d"
              .formatted(recipients.size(), body.length(), most, limits.messageSize()));
    }
    check(sender);
    recipients.forEach(EcStreamClient::check);
    CompletableFuture<List<Reply>> result = new CompletableFuture<>();
    UnderWay message = new UnderWay(recipients.size(), body.length(), result);
    int number = begin(message);
    while (number < 0) {
      // what another thread has gathered since may be what we wait for
      flush();
      number = await(message);
    }
    byte[] head = FrameCodec.submitHead(number, eightBitMime, sender, recipients, body.length());
    try {
      synchronized (writing) {
        write(head, head.length);
        for (int i = 0; i < body.segments(); i++) {
          write(body.segment(i), body.segmentLength(i));
        }
      }
    } catch (IOException e) {
      // half a frame may have left
      socket.close();
      throw e;
    }
    return result;
  }

  /** Sends a message that does not say BODY=8BITMIME. */
  public CompletableFuture<List<Reply>> submit(Address sender, List<Address> recipients, Body body)
      throws IOException, InterruptedException {
    return submit(sender, recipients, false, body);
  }

  private static void check(Address address) {
    int length = address.localpart().length() + 1 + address.domain().length();
    if (length > FrameCodec.LONGEST_ADDRESS
        || !isLatin(address.localpart())
        || !isLatin(address.domain())) {
      throw new IllegalArgumentException("an address that ECStream cannot say");
    }
  }

  private static boolean isLatin(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xFF) {
        return false;
      }
    }
    return true;
  }

  /** The number of a message that may be under way, or -1: it must wait. */
  private synchronized int begin(UnderWay message) throws IOException {
    if (over || closing) {
      throw new IOException("the connection is over");
    }
    if (!underWay.isEmpty()
        && (underWay.size() >= limits.messages() || octets + message.octets() > limits.octets())) {
      return -1;
    }
    int number = sequence++ & Integer.MAX_VALUE;
    octets += message.octets();
    underWay.put(number, message);
    return number;
  }

  private synchronized int await(UnderWay message) throws IOException, InterruptedException {
    int number = begin(message);
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONGEST_WAIT_MILLIS);
    while (number < 0 && until - System.nanoTime() > 0) {
      wait(LONGEST_WAIT_MILLIS);
      number = begin(message);
    }
    return number;
  }

  private void write(byte[] octets, int count) throws IOException {
    if (filled + count > BUFFER) {
      out.write(gathered, 0, filled);
      filled = 0;
      if (count >= BUFFER) {
        out.write(octets, 0, count);
        return;
      }
    }
    System.arraycopy(octets, 0, gathered, filled, count);
    filled += count;
  }

  /** Has everything leave that was submitted. */
  public void flush() throws IOException {
    synchronized (writing) {
      if (filled > 0) {
        out.write(gathered, 0, filled);
        filled = 0;
      }
    }
  }

  private void listen() {
    IOException cause = new IOException("the connection has broken");
    try {
      while (true) {
        Frame frame = next();
        if (frame instanceof Frame.Result result) {
          answered(result);
        } else if (frame instanceof Frame.Bye bye) {
          cause = new NotTaken(bye.reply());
          break;
        } else {
          throw new IOException("a frame out of step");
        }
      }
    } catch (IOException e) {
      cause = e;
    }
    List<UnderWay> left;
    synchronized (this) {
      over = true;
      left = new ArrayList<>(underWay.values());
      underWay.clear();
      notifyAll();
    }
    for (UnderWay message : left) {
      message.result().completeExceptionally(cause);
    }
    try {
      // who writes to a server that reads no more is freed
      socket.close();
    } catch (IOException gone) {
      cause.addSuppressed(gone);
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
    if (message == null) {
      throw new IOException("a result for nothing that was asked");
    }
    if (count != 1 && count != message.recipients()) {
      IOException wrong = new IOException(count + " replies for " + message.recipients());
      message.result().completeExceptionally(wrong);
      throw wrong;
    }
    message
        .result()
        .complete(
            count == 1
                ? Collections.nCopies(message.recipients(), result.replies().getFirst())
                : result.replies());
  }

  private Frame next() throws IOException {
    while (true) {
      try {
        Optional<Frame> frame = reader.read(arrived);
        if (frame.isPresent()) {
          return frame.get();
        }
      } catch (EcStreamException e) {
        throw new IOException(e.getMessage(), e);
      }
      int count = in.read(read);
      if (count < 0) {
        throw new IOException("the connection has broken");
      }
      arrived = ByteBuffer.wrap(read, 0, count);
    }
  }

  /**
   * Says goodbye, waits until what is under way is answered, but no longer than the time that the
   * connection was given, and closes it.
   */
  @Override
  public void close() throws IOException {
    boolean first;
    synchronized (this) {
      first = !closing && !over;
      closing = true;
    }
    try {
      if (first) {
        byte[] bye = FrameCodec.encode(new Frame.Bye(new Reply(221, "2.0.0", "bye")));
        synchronized (writing) {
          write(bye, bye.length);
        }
        flush();
        listening.join(timeoutMillis);
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    } finally {
      socket.close();
    }
  }
}
