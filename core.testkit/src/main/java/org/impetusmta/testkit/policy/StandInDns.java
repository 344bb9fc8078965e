package org.impetusmta.testkit.policy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.dns.DnsAnswer.Status;

/** A DNS that answers from a table, at once or when it is told to. Concurrent. */
public final class StandInDns implements Dns {
  private static final int A = 1;
  private static final int MX = 15;
  private static final int AAAA = 28;

  private final Map<String, List<ByteBuffer>> records = new ConcurrentHashMap<>();
  private final Map<String, Status> statuses = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<Runnable> held = new CopyOnWriteArrayList<>();
  private volatile boolean holding;

  /** Adds A and AAAA records. */
  public StandInDns address(String name, String... addresses) {
    for (String text : addresses) {
      byte[] octets = InetAddress.ofLiteral(text).getAddress();
      add(name, octets.length == 4 ? A : AAAA, ByteBuffer.wrap(octets));
    }
    return this;
  }

  /** Adds an MX record; the host {@code .} is nobody (RFC 7505). */
  public StandInDns mx(String name, int preference, String host) {
    ByteBuffer data = ByteBuffer.allocate(host.length() + 4).order(ByteOrder.BIG_ENDIAN);
    data.putShort((short) preference);
    for (String label : host.equals(".") ? new String[0] : host.split("\\.", -1)) {
      data.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
    }
    add(name, MX, data.put((byte) 0).flip());
    return this;
  }

  /** All lookups of a name end so. */
  public StandInDns fails(String name, Status status) {
    statuses.put(name.toLowerCase(Locale.ROOT), status);
    return this;
  }

  private void add(String name, int type, ByteBuffer data) {
    String key = name.toLowerCase(Locale.ROOT);
    statuses.putIfAbsent(key, Status.NO_SUCH_RECORD);
    records.computeIfAbsent(key + " " + type, _ -> new ArrayList<>()).add(data);
  }

  /** The names that were looked up, as often as they were, whatever the type. */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  /** Answers wait until {@link #release}. */
  public void hold() {
    holding = true;
  }

  /** Gives the answers that wait. */
  public void release() {
    holding = false;
    held.forEach(Runnable::run);
    held.clear();
  }

  @Override
  public CompletableFuture<DnsAnswer> lookup(String name, int type) {
    asked.add(name);
    String key = name.toLowerCase(Locale.ROOT);
    List<ByteBuffer> found = records.get(key + " " + type);
    DnsAnswer answer =
        found == null
            ? new DnsAnswer(statuses.getOrDefault(key, Status.NO_SUCH_DOMAIN), List.of(), false, 0)
            : new DnsAnswer(Status.FOUND, found, false, Long.MAX_VALUE);
    CompletableFuture<DnsAnswer> later = new CompletableFuture<>();
    if (holding) {
      held.add(() -> later.complete(answer));
    } else {
      later.complete(answer);
    }
    return later;
  }

  @Override
  public CompletableFuture<DnsAnswer> validated(String name, int type) {
    return lookup(name, type);
  }
}
