package org.impetusmta.testkit;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TLSARecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * A name server on loopback, UDP and TCP on one port, that answers from a table a test writes. A
 * name without any record does not exist (NXDOMAIN). Concurrent.
 */
public final class FakeDns implements AutoCloseable {
  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private final Map<Name, List<Record>> table = new ConcurrentHashMap<>();
  private final Map<Name, Behaviour> behaviours = new ConcurrentHashMap<>();
  private final List<String> queries = new CopyOnWriteArrayList<>();
  private final List<SignedZone> zones = new CopyOnWriteArrayList<>();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final Set<Name> impostors = ConcurrentHashMap.newKeySet();
  private final Set<SocketAddress> clients = ConcurrentHashMap.newKeySet();
  private final Queue<DatagramPacket> held = new ConcurrentLinkedQueue<>();
  private volatile boolean holding;
  private volatile long ttl = 300;

  private enum Behaviour {
    SERVFAIL,
    SILENT,
    TRUNCATED,
    FORGED
  }

  private record Sockets(ServerSocket tcp, DatagramSocket udp) {
    /** One port that is free in both protocols. */
    static Sockets bind() throws IOException {
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      for (int tries = 1; ; tries++) {
        ServerSocket tcp = new ServerSocket(0, 50, loopback);
        try {
          return new Sockets(
              tcp, new DatagramSocket(new InetSocketAddress(loopback, tcp.getLocalPort())));
        } catch (BindException e) {
          tcp.close();
          if (tries == 50) {
            throw e;
          }
        }
      }
    }
  }

  public FakeDns() throws IOException {
    Sockets sockets = Sockets.bind();
    this.tcp = sockets.tcp();
    this.udp = sockets.udp();
    Thread.ofVirtual().name("fake-dns-udp").start(this::serveUdp);
    Thread.ofVirtual().name("fake-dns-tcp").start(this::serveTcp);
  }

  /** Its port on 127.0.0.1. */
  public int port() {
    return udp.getLocalPort();
  }

  /** Writes a resolv.conf that names it, with short timeouts. */
  public Path resolvConf(Path directory) throws IOException {
    return Files.writeString(
        directory.resolve("resolv.conf"),
        "nameserver [127.0.0.1]:" + port() + "\noptions timeout:1 attempts:1\n");
  }

  /** Changes the TTL of records that are added from here on. */
  public FakeDns ttl(long seconds) {
    ttl = seconds;
    return this;
  }

  public FakeDns mx(String domain, int preference, String host) {
    return add(new MXRecord(name(domain), DClass.IN, ttl, preference, name(host)));
  }

  /** RFC 7505. */
  public FakeDns nullMx(String domain) {
    return add(new MXRecord(name(domain), DClass.IN, ttl, 0, Name.root));
  }

  /** A or AAAA records. */
  public FakeDns address(String host, String... addresses) {
    for (String text : addresses) {
      InetAddress address = address(text);
      add(
          address.getAddress().length == 4
              ? new ARecord(name(host), DClass.IN, ttl, address)
              : new AAAARecord(name(host), DClass.IN, ttl, address));
    }
    return this;
  }

  public FakeDns cname(String alias, String target) {
    return add(new CNAMERecord(name(alias), DClass.IN, ttl, name(target)));
  }

  public FakeDns txt(String domain, String... strings) {
    return add(new TXTRecord(name(domain), DClass.IN, ttl, List.of(strings)));
  }

  /** RFC 6698. */
  public FakeDns tlsa(String domain, int usage, int selector, int matching, byte[] data) {
    return add(new TLSARecord(name(domain), DClass.IN, ttl, usage, selector, matching, data));
  }

  /** All names at and below {@code domain} are signed from here on (RFC 4033). */
  public FakeDns sign(String domain) {
    zones.add(new SignedZone(name(domain)));
    return this;
  }

  /** Writes a file of trust anchors: the keys of all signed zones. */
  public Path trustAnchors(Path directory) throws IOException {
    StringBuilder lines = new StringBuilder();
    zones.forEach(zone -> lines.append(zone.anchor()).append('\n'));
    return Files.writeString(directory.resolve("anchors"), lines);
  }

  /** Signatures of answers about {@code domain} are wrong. */
  public FakeDns forged(String domain) {
    behaviours.put(name(domain), Behaviour.FORGED);
    return this;
  }

  /** Every question about {@code domain} is answered with SERVFAIL. */
  public FakeDns servfail(String domain) {
    behaviours.put(name(domain), Behaviour.SERVFAIL);
    return this;
  }

  /** Questions for one type of record of {@code domain} are answered with SERVFAIL. */
  public FakeDns refused(String domain, String type) {
    refused.add(type + " " + name(domain).toString(true));
    return this;
  }

  /** No question about {@code domain} is answered. */
  public FakeDns silent(String domain) {
    behaviours.put(name(domain), Behaviour.SILENT);
    return this;
  }

  /** Answers about {@code domain} are whole over TCP only. */
  public FakeDns truncated(String domain) {
    behaviours.put(name(domain), Behaviour.TRUNCATED);
    return this;
  }

  /** Forgets all about {@code domain}. */
  public FakeDns clear(String domain) {
    table.remove(name(domain));
    behaviours.remove(name(domain));
    return this;
  }

  /** Answers over UDP are kept back, or sent after all. */
  public FakeDns hold(boolean hold) throws IOException {
    holding = hold;
    if (!hold) {
      for (DatagramPacket packet = held.poll(); packet != null; packet = held.poll()) {
        udp.send(packet);
      }
    }
    return this;
  }

  /**
   * Before each answer about {@code domain} come one to another question and one without number.
   */
  public FakeDns impostors(String domain) {
    impostors.add(name(domain));
    return this;
  }

  /** The addresses and ports that asked over UDP. */
  public Set<SocketAddress> clients() {
    return Set.copyOf(clients);
  }

  /** What was asked so far, {@code MX example.com}. */
  public List<String> queries() {
    return List.copyOf(queries);
  }

  private FakeDns add(Record record) {
    table.computeIfAbsent(record.getName(), n -> new CopyOnWriteArrayList<>()).add(record);
    return this;
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not an address: " + text, e);
    }
  }

  private static Name name(String text) {
    try {
      return Name.fromString(text.toLowerCase(java.util.Locale.ROOT), Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("not a name: " + text, e);
    }
  }

  private void serveUdp() {
    byte[] buffer = new byte[4096];
    while (!udp.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        udp.receive(packet);
        byte[] reply = answer(Arrays.copyOf(buffer, packet.getLength()), false);
        clients.add(packet.getSocketAddress());
        if (reply.length > 0) {
          impostors(Arrays.copyOf(buffer, packet.getLength()), packet.getSocketAddress());
          DatagramPacket answer =
              new DatagramPacket(reply, reply.length, packet.getSocketAddress());
          if (holding) {
            held.add(answer);
          } else {
            udp.send(answer);
          }
        }
      } catch (IOException e) {
        if (!udp.isClosed()) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    }
  }

  private void impostors(byte[] wire, SocketAddress to) throws IOException {
    Message query = new Message(wire);
    Name asked = name(query.getQuestion().getName().toString());
    if (impostors.contains(asked)) {
      Record question =
          Record.newRecord(name("other.example"), query.getQuestion().getType(), DClass.IN);
      Message other = new Message(query.getHeader().getID());
      other.getHeader().setFlag(Flags.QR);
      other.addRecord(question, Section.QUESTION);
      Message unknown = new Message(query.getHeader().getID() ^ 1);
      unknown.getHeader().setFlag(Flags.QR);
      unknown.addRecord(query.getQuestion(), Section.QUESTION);
      for (Message message : List.of(other, unknown)) {
        byte[] data = message.toWire();
        udp.send(new DatagramPacket(data, data.length, to));
      }
      udp.send(new DatagramPacket(new byte[3], 3, to));
    }
  }

  private void serveTcp() {
    while (!tcp.isClosed()) {
      try (Socket socket = tcp.accept()) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] query = new byte[in.readUnsignedShort()];
        in.readFully(query);
        byte[] reply = answer(query, true);
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(reply.length);
        out.write(reply);
        out.flush();
      } catch (IOException e) {
        if (!tcp.isClosed()) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    }
  }

  /** Empty: no answer. */
  private byte[] answer(byte[] wire, boolean overTcp) throws IOException {
    Message query = new Message(wire);
    Record question = query.getQuestion();
    Name name = name(question.getName().toString());
    queries.add(Type.string(question.getType()) + " " + name.toString(true));
    Behaviour behaviour = behaviours.get(name);
    if (behaviour == Behaviour.SILENT) {
      return new byte[0];
    }
    Message reply = new Message(query.getHeader().getID());
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setFlag(Flags.RA);
    reply.addRecord(question, Section.QUESTION);
    if (behaviour == Behaviour.SERVFAIL
        || refused.contains(Type.string(question.getType()) + " " + name.toString(true))) {
      reply.getHeader().setRcode(Rcode.SERVFAIL);
    } else if (behaviour == Behaviour.TRUNCATED && !overTcp) {
      reply.getHeader().setFlag(Flags.TC);
    } else {
      List<Record> records = records(name, question.getType());
      Name last = last(records, name);
      boolean validating = wantsSignatures(query);
      if (validating && zones.stream().anyMatch(zone -> zone.holds(name))) {
        signed(reply, question, records, last, behaviour == Behaviour.FORGED);
      } else {
        if (!table.containsKey(last)) {
          reply.getHeader().setRcode(Rcode.NXDOMAIN);
        }
        records.forEach(record -> reply.addRecord(record, Section.ANSWER));
        if (validating && records.isEmpty()) {
          reply.addRecord(SignedZone.authority(new Name(last, 1), ttl), Section.AUTHORITY);
        }
      }
    }
    return reply.toWire(overTcp ? 65_535 : 4_096);
  }

  private static boolean wantsSignatures(Message query) {
    return query.getOPT() != null && (query.getOPT().getFlags() & ExtendedFlags.DO) != 0;
  }

  private void signed(
      Message reply, Record question, List<Record> records, Name last, boolean forged) {
    List<Record> answer = new ArrayList<>(records);
    Optional<SignedZone> zone = zones.stream().filter(z -> z.holds(last)).findFirst();
    if (question.getType() == Type.DNSKEY) {
      zone.filter(z -> z.apex().equals(last)).ifPresent(z -> answer.add(z.key()));
    }
    List<Record> authority = new ArrayList<>();
    if (answer.stream().noneMatch(record -> record.getType() == question.getType())) {
      TreeSet<Integer> types = new TreeSet<>();
      table.getOrDefault(last, List.of()).forEach(record -> types.add(record.getType()));
      zone.ifPresent(z -> authority.addAll(z.denial(last, types)));
    }
    add(reply, Section.ANSWER, answer, forged);
    add(reply, Section.AUTHORITY, authority, forged);
  }

  /** Each record set in order, with its signature where its zone is signed. */
  private void add(Message reply, int section, List<Record> records, boolean forged) {
    Map<List<Object>, RRset> sets = new LinkedHashMap<>();
    for (Record record : records) {
      sets.computeIfAbsent(List.of(record.getName(), record.getType()), k -> new RRset())
          .addRR(record);
    }
    for (RRset set : sets.values()) {
      set.rrs(false).forEach(record -> reply.addRecord(record, section));
      zones.stream()
          .filter(zone -> zone.holds(set.getName()))
          .forEach(zone -> reply.addRecord(zone.signature(set, forged), section));
    }
  }

  /** The name that an answer is about in the end. */
  private static Name last(List<Record> records, Name asked) {
    Name last = asked;
    for (Record record : records) {
      last = record instanceof CNAMERecord alias ? alias.getTarget() : last;
    }
    return last;
  }

  /** The records of that type; a CNAME and what it leads to instead, at most eight deep. */
  private List<Record> records(Name name, int type) {
    return records(name, type, 0);
  }

  private List<Record> records(Name name, int type, int aliases) {
    List<Record> found = new ArrayList<>();
    if (aliases > 8) {
      return found;
    }
    for (Record record : table.getOrDefault(name, List.of())) {
      if (record.getType() == type) {
        found.add(record);
      } else if (record instanceof CNAMERecord alias) {
        found.add(record);
        found.addAll(records(alias.getTarget(), type, aliases + 1));
      }
    }
    return found;
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
  }
}
