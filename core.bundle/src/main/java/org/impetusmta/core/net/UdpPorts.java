package org.impetusmta.core.net;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.impetusmta.api.dns.DnsSockets.Buffers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Message;
import org.xbill.DNS.io.UdpIoClient;

/**
 * The UDP sockets of the resolver. Each is connected to one name server, so the kernel drops what
 * comes from elsewhere, and its source port is the kernel's random choice (RFC 5452 section 9.2);
 * it carries a number of queries and is closed with the last answer. A virtual thread waits at
 * each. An answer must have the number and the question of a query that waits; anything else is
 * ignored. Concurrent. Source: dns_max_udp_queries_per_port, dns_udp_rcvbuf_size,
 * dns_udp_sndbuf_size.
 */
public final class UdpPorts implements UdpIoClient {
  private static final Logger LOG = LoggerFactory.getLogger(UdpPorts.class);
  private static final int HEADER = 12;
  private static final int LARGEST = 65_535;

  /** Linux doubles what a buffer is set to (socket(7)), and the JDK halves what it is asked for. */
  private static final int KERNEL_FACTOR = System.getProperty("os.name").equals("Linux") ? 2 : 1;

  private final IntSupplier queriesPerPort;
  private final int receiveBuffer;
  private final int sendBuffer;
  private final Map<InetSocketAddress, Port> open = new ConcurrentHashMap<>();
  private final Set<Port> all = ConcurrentHashMap.newKeySet();
  private volatile Sizes wanted = new Sizes(0, 0);

  /** What somebody wants buffers to be; 0: the option says. */
  private record Sizes(int send, int receive) {}

  /**
   * @param queriesPerPort after how many a new port is used; 0: a port for each
   * @param receiveBuffer octets; 0: the operating system's choice
   * @param sendBuffer octets; 0: the operating system's choice
   */
  public UdpPorts(IntSupplier queriesPerPort, int receiveBuffer, int sendBuffer) {
    this.queriesPerPort = queriesPerPort;
    this.receiveBuffer = receiveBuffer;
    this.sendBuffer = sendBuffer;
  }

  /** A query that waits for its answer. */
  private static final class Waiting {
    final byte[] query;
    final int largest;
    final CompletableFuture<byte[]> answer;

    Waiting(byte[] query, int largest, CompletableFuture<byte[]> answer) {
      this.query = query;
      this.largest = largest;
      this.answer = answer;
    }
  }

  @Override
  public CompletableFuture<byte[]> sendAndReceiveUdp(
      @Nullable InetSocketAddress local,
      InetSocketAddress remote,
      Message message,
      byte[] query,
      int largest,
      Duration timeout) {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    Waiting waiting = new Waiting(query, Math.max(512, Math.min(largest, LARGEST)), answer);
    try {
      Port port = take(remote, waiting);
      answer
          .orTimeout(Math.max(1, timeout.toMillis()), TimeUnit.MILLISECONDS)
          .whenComplete((data, failure) -> port.forget(waiting));
      port.send(query);
    } catch (IOException e) {
      answer.completeExceptionally(e);
    }
    return answer;
  }

  private DatagramSocket sized() throws SocketException {
    Sizes over = wanted;
    DatagramSocket socket = new DatagramSocket();
    int receive = over.receive() > 0 ? over.receive() : receiveBuffer;
    int send = over.send() > 0 ? over.send() : sendBuffer;
    if (receive > 0) {
      socket.setReceiveBufferSize(receive);
    }
    if (send > 0) {
      socket.setSendBufferSize(send);
    }
    return socket;
  }

  /** As {@link org.impetusmta.api.dns.DnsSockets#buffers}. */
  public int buffers(int send, int receive) {
    wanted = new Sizes(send, receive);
    int changed = 0;
    for (Port port : all) {
      try {
        if (receive > 0) {
          port.socket.setReceiveBufferSize(receive);
        }
        if (send > 0) {
          port.socket.setSendBufferSize(send);
        }
        changed++;
      } catch (SocketException e) {
        LOG.debug("a DNS socket was closed meanwhile", e);
      }
    }
    return changed;
  }

  /** The sockets that are open. */
  public List<Buffers> buffers() {
    List<Buffers> found = new ArrayList<>();
    for (Port port : all) {
      try {
        found.add(buffers(port.remote, port.socket));
      } catch (SocketException e) {
        LOG.debug("a DNS socket was closed meanwhile", e);
      }
    }
    return found;
  }

  /** What a socket that is opened now has. */
  public Buffers fresh() throws IOException {
    try (DatagramSocket socket = sized()) {
      return buffers(new InetSocketAddress(0), socket);
    }
  }

  private static Buffers buffers(InetSocketAddress remote, DatagramSocket socket)
      throws SocketException {
    return new Buffers(
        remote,
        KERNEL_FACTOR * socket.getSendBufferSize(),
        KERNEL_FACTOR * socket.getReceiveBufferSize());
  }

  /** The port in use for {@code remote} with {@code waiting} in it, or a fresh one. */
  private Port take(InetSocketAddress remote, Waiting waiting) throws IOException {
    int most = Math.max(1, queriesPerPort.getAsInt());
    Port known = open.get(remote);
    if (known != null && known.add(waiting, most)) {
      return known;
    }
    Port fresh = new Port(remote);
    fresh.add(waiting, most);
    if (most > 1) {
      Port before = open.put(remote, fresh);
      if (before != null) {
        before.retire();
      }
    } else {
      fresh.retire();
    }
    Thread.ofVirtual().name("dns " + fresh.socket.getLocalPort()).start(fresh::receive);
    return fresh;
  }

  /** One socket. Concurrent: its table is guarded by itself. */
  private final class Port {
    private final InetSocketAddress remote;
    private final DatagramSocket socket;
    private final Map<Integer, List<Waiting>> waiting = new HashMap<>();
    private int used;
    private boolean retired;

    Port(InetSocketAddress remote) throws IOException {
      this.remote = remote;
      this.socket = sized();
      socket.connect(remote);
      all.add(this);
    }

    /** False when it carries no more. */
    synchronized boolean add(Waiting query, int most) {
      if (retired || used >= most || socket.isClosed()) {
        return false;
      }
      used++;
      waiting.computeIfAbsent(id(query.query), id -> new ArrayList<>(1)).add(query);
      return true;
    }

    void send(byte[] query) throws IOException {
      socket.send(new DatagramPacket(query, query.length));
    }

    /** It gets no more queries, and ends with the last of its answers. */
    synchronized void retire() {
      retired = true;
      closeIfDone();
    }

    synchronized void forget(Waiting query) {
      List<Waiting> same = waiting.get(id(query.query));
      if (same != null && same.remove(query) && same.isEmpty()) {
        waiting.remove(id(query.query));
      }
      closeIfDone();
    }

    private void closeIfDone() {
      if (waiting.isEmpty() && (retired || used >= Math.max(1, queriesPerPort.getAsInt()))) {
        close();
      }
    }

    private void close() {
      socket.close();
      all.remove(this);
      open.remove(remote, this);
    }

    private void receive() {
      DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
      while (!socket.isClosed()) {
        try {
          packet.setLength(LARGEST);
          socket.receive(packet);
          received(Arrays.copyOf(packet.getData(), packet.getLength()));
        } catch (SocketException e) {
          if (!socket.isClosed()) {
            // nobody listens there
            failed(e);
          }
        } catch (IOException e) {
          failed(e);
        }
      }
    }

    private void received(byte[] data) {
      Waiting found = data.length < HEADER ? null : find(data);
      if (found == null) {
        LOG.debug("{} octets from {} that nobody has asked for", data.length, remote);
        return;
      }
      found.answer.complete(
          data.length > found.largest ? Arrays.copyOf(data, found.largest) : data);
    }

    private synchronized @Nullable Waiting find(byte[] data) {
      for (Waiting query : waiting.getOrDefault(id(data), List.of())) {
        if (sameQuestion(query.query, data)) {
          return query;
        }
      }
      return null;
    }

    private void failed(IOException cause) {
      List<Waiting> all = new ArrayList<>();
      synchronized (this) {
        waiting.values().forEach(all::addAll);
        retired = true;
        close();
      }
      all.forEach(query -> query.answer.completeExceptionally(cause));
    }
  }

  private static int id(byte[] message) {
    return (message[0] & 0xff) << 8 | (message[1] & 0xff);
  }

  /**
   * Whether the question is repeated, case of names aside; a server that fails may leave it out.
   */
  private static boolean sameQuestion(byte[] query, byte[] data) {
    if ((data[4] | data[5]) == 0) {
      return true;
    }
    int end = HEADER;
    while (end < query.length && query[end] != 0) {
      end += 1 + (query[end] & 0xff);
    }
    end += 5;
    if (end > query.length || end > data.length) {
      return false;
    }
    for (int i = HEADER; i < end; i++) {
      if (lower(query[i]) != lower(data[i])) {
        return false;
      }
    }
    return true;
  }

  private static int lower(byte octet) {
    return octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
  }
}
