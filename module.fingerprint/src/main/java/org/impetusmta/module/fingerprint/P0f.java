package org.impetusmta.module.fingerprint;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.policy.HostFingerprints.Fingerprint;

/**
 * Asks p0f over its Unix socket, a connection for each question. Two protocols, both structures in
 * the byte order of the machine; which one the daemon speaks is found out by asking:
 *
 * <pre>
 * version 3  query: magic 0x50304601, 1 octet 4 or 6, 16 octets of address
 *            answer, 232 octets: magic 0x50304602, status (0x10 found, 0x20 unknown), seven counts,
 *            distance, two flags, then texts of 32: os name, os flavour, …
 * version 2  query, 24 octets: magic 0x0defaced, 1 octet type 1, 3 unused, id, source, destination
 *            (network order), source port, destination port
 *            answer, 144 octets: magic, id, 1 octet type (0 found, 2 unknown), genre 20, detail 40, …
 * </pre>
 *
 * Blocks for as long as the limit says at most. Concurrent. Source: p0f-query.h of 2.0.8, api.h of
 * 3.09.
 */
final class P0f {
  private static final int MAGIC_2 = 0x0defaced;
  private static final int QUERY_3 = 0x50304601;
  private static final int ANSWER_3 = 0x50304602;
  private static final int FOUND_3 = 0x10;
  private static final int UNKNOWN_3 = 0x20;
  private static final int LENGTH_3 = 232;
  private static final int OS_NAME_3 = 40;
  private static final int LENGTH_2 = 144;

  private final Path socket;
  private final Duration limit;
  private final AtomicInteger ids = new AtomicInteger();

  /** What was understood last. */
  private volatile boolean second;

  P0f(Path socket, Duration limit) {
    this.socket = socket;
    this.limit = limit;
  }

  /**
   * What the client seems to be; empty where p0f does not know.
   *
   * @throws IOException where it does not answer in time, or not as p0f does
   */
  Optional<Fingerprint> ask(InetSocketAddress client, InetSocketAddress local) throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    boolean first = second;
    try {
      return ask(client, local, first, deadline);
    } catch (SocketTimeoutException late) {
      throw late;
    } catch (IOException other) {
      Optional<Fingerprint> answer = ask(client, local, !first, deadline);
      second = !first;
      return answer;
    }
  }

  private Optional<Fingerprint> ask(
      InetSocketAddress client, InetSocketAddress local, boolean asSecond, long deadline)
      throws IOException {
    if (asSecond) {
      byte[] from = client.getAddress().getAddress();
      byte[] to = local.getAddress().getAddress();
      if (from.length != 4 || to.length != 4) {
        // version 2 knows IPv4 alone
        return Optional.empty();
      }
      int id = ids.incrementAndGet();
      return second(exchange(querySecond(client, local, from, to, id), LENGTH_2, deadline), id);
    }
    return third(exchange(queryThird(client.getAddress()), LENGTH_3, deadline));
  }

  private static ByteBuffer queryThird(InetAddress address) {
    byte[] octets = address.getAddress();
    ByteBuffer query = ByteBuffer.allocate(21).order(ByteOrder.nativeOrder());
    query.putInt(QUERY_3).put((byte) (octets.length == 4 ? 4 : 6)).put(octets);
    return query.position(0);
  }

  private static Optional<Fingerprint> third(ByteBuffer answer) throws IOException {
    if (answer.getInt(0) != ANSWER_3) {
      throw new IOException("no answer of p0f 3");
    }
    return switch (answer.getInt(4)) {
      case FOUND_3 -> found(text(answer, OS_NAME_3, 32), text(answer, OS_NAME_3 + 32, 32));
      case UNKNOWN_3 -> Optional.empty();
      default -> throw new IOException("p0f refuses the question");
    };
  }

  private static ByteBuffer querySecond(
      InetSocketAddress client, InetSocketAddress local, byte[] from, byte[] to, int id) {
    ByteBuffer query = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
    query.putInt(MAGIC_2).putInt(0).putInt(id).put(from).put(to);
    query.putShort((short) client.getPort()).putShort((short) local.getPort());
    return query.put(4, (byte) 1).position(0);
  }

  private static Optional<Fingerprint> second(ByteBuffer answer, int id) throws IOException {
    if (answer.getInt(0) != MAGIC_2 || answer.getInt(4) != id) {
      throw new IOException("no answer of p0f 2");
    }
    return switch (answer.get(8)) {
      case 0 -> found(text(answer, 9, 20), text(answer, 29, 40));
      case 2 -> Optional.empty();
      default -> throw new IOException("p0f refuses the question");
    };
  }

  private static Optional<Fingerprint> found(String genre, String detail) {
    return genre.isEmpty() ? Optional.empty() : Optional.of(new Fingerprint(genre, detail));
  }

  /** Text up to a zero; what is not printable is a question mark. */
  private static String text(ByteBuffer answer, int at, int length) {
    int end = at;
    while (end < at + length && answer.get(end) != 0) {
      end++;
    }
    byte[] octets = new byte[end - at];
    answer.get(at, octets);
    return new String(octets, StandardCharsets.ISO_8859_1)
        .replaceAll("[^\\x20-\\x7e]", "?")
        .strip();
  }

  private ByteBuffer exchange(ByteBuffer query, int length, long deadline) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_WRITE);
      while (query.hasRemaining()) {
        await(selector, deadline);
        channel.write(query);
      }
      key.interestOps(SelectionKey.OP_READ);
      ByteBuffer answer = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
      while (answer.hasRemaining()) {
        await(selector, deadline);
        if (channel.read(answer) < 0) {
          throw new EOFException("p0f hung up");
        }
      }
      return answer;
    }
  }

  private static void await(Selector selector, long deadline) throws IOException {
    long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (millis <= 0 || selector.select(millis) == 0) {
      throw new SocketTimeoutException("p0f does not answer in time");
    }
    selector.selectedKeys().clear();
  }
}
