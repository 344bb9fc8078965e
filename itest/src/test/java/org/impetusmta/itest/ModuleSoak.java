package org.impetusmta.itest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Every module of the tree is loaded, updated and unloaded, round after round in random order,
 * while mail flows. A client that is refused or hung up on sends the message again; every message
 * that was acknowledged has to arrive. Heap, threads and class loaders are read when the queues are
 * empty. As a program: {@code bench/modules}. Single, its clients aside.
 */
final class ModuleSoak implements AutoCloseable {
  private static final int CLIENTS = 4;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** The key of an example in RFC 7517, appendix A.1. */
  private static final String KEYS =
      """
      {"keys":[{"kty":"EC","crv":"P-256","use":"sig","kid":"1",
        "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
      """;

  /** What is left when all mail is delivered. */
  record Figures(int round, long heapOctets, int threads, int classLoaders) {}

  private final Sink sink;
  private final Server server;
  private final Random random;
  private final AtomicInteger next = new AtomicInteger();
  private final BitSet acknowledged = new BitSet();
  private final BitSet arrived = new BitSet();
  private final List<Thread> clients = new ArrayList<>();
  private volatile boolean stopped;

  final List<Figures> figures = new ArrayList<>();
  final AtomicInteger retries = new AtomicInteger();

  ModuleSoak(Path folder, long seed) throws IOException {
    random = new Random(seed);
    sink = new Sink(this::arrive);
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("keys.json"), KEYS);
    credentials(folder, "create_db");
    credentials(folder, "create_key");
    server = Server.start(folder, stanzas(folder, sink.port()));
  }

  private static void credentials(Path folder, String action) throws IOException {
    List<String> command =
        List.of(
            Server.DISTRIBUTION.resolve("bin/credmgr").toString(),
            action,
            "-d",
            folder.resolve("credentials.db").toString(),
            "-k",
            folder.resolve("credentials.key").toString());
    try {
      if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IOException("credmgr " + action + " failed");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** What some modules cannot do without. */
  private static String stanzas(Path folder, int sink) {
    return """
    Gateway = "127.0.0.1"
    Remote_SMTP_Port = "%2$d"
    Retry_Interval = 1
    Host_Failure_Retry = 1
    _unsafe_spool = true
    mta_sts_policy_store = "%1$s/mtasts"
    auth_jwt { keys = "%1$s/keys.json" issuer = "soak" audience = "smtp" }
    bounce_logger "bounce_logger" { bouncelog = "%1$s/log/bouncelog.ec" }
    chunk_logger "chunk_logger" { destination = "%1$s/log/chunk.ec" }
    custom_bounce_logger "custom_bounce_logger" { bouncelog = "%1$s/log/custom_bouncelog.ec" }
    custom_logger "custom_logger" {
      delivery_logfile = "%1$s/log/custom.ec" delivery_format = "%%i"
    }
    exim_logger "exim_logger" {
      mainlog = "%1$s/log/exim_mainlog" paniclog = "%1$s/log/exim_paniclog"
    }
    maildir "maildir" { basedir = "%1$s/maildir" domains = ( "maildir.test" ) }
    as_logger { base_dir = "%1$s/series" }
    inbound_audit { log_dir = "%1$s/series" serialize_dir = "%1$s/series" }
    # those that ask others are there and ask nobody
    auth_radius { server "none" { host = "127.0.0.1:9" secret = "none" } }
    smtp_auth_proxy { host = "127.0.0.1" port = 9 }
    securecreds { Credentials = "%1$s/credentials.db" Key = "%1$s/credentials.key" }
    fingerprint { enabled = false }
    url_ripper "url_ripper" { enabled = false base = "list.test" values = [ 127.0.0.2 = "hits" ] }
    smtp_cbv "smtp_cbv" { enabled = false }
    seedlist "seedlist" { match_verp = ( "never-(?P<campaignid>x+)" ) }
    persist_io { persist_path = "%1$s/persist" }
    pipe_transport "pipe_transport" { program_name = "/bin/cat" domain = ( "pipe.test" ) }
    postfix_logger "postfix_logger" {
      mainlog = "%1$s/log/postfix_mainlog" paniclog = "%1$s/log/postfix_paniclog"
    }
    SNMP { Address = "127.0.0.1:0" }
    sendmail_logger "sendmail_logger" {
      mainlog = "%1$s/log/sendmail_mainlog" paniclog = "%1$s/log/sendmail_paniclog"
    }
    static_routes { target = "127.0.0.1:%2$d" }
    suppress_spool { }
    tls_reporting { report_store = "%1$s/tlsrpt" sender = "soak@sink.test" }
    """
        .formatted(folder, sink);
  }

  /** The names of the modules that the server knows. */
  List<String> modules() throws IOException {
    String known = server.tryConsole("module info none");
    return List.of(known.substring(known.indexOf("known are: ") + 11).strip().split(", "));
  }

  /** Begins with the traffic. */
  void traffic() {
    stopped = false;
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(Thread.ofVirtual().start(this::client));
    }
  }

  /** Takes every module through its life once, in random order. */
  void round() throws IOException {
    List<String> modules = new ArrayList<>(modules());
    Collections.shuffle(modules, random);
    for (String module : modules) {
      boolean loaded = server.console("module info " + module).contains("  State: loaded");
      if (module.equals("control_listener") || module.equals("smtp_rcptto_proxy")) {
        // the way to load it again leads through it; smtp_cbv requires it
        update(module);
      } else if (loaded) {
        server.console("module unload " + module);
        server.console("module load " + module);
        update(module);
      } else {
        server.console("module load " + module);
        update(module);
        server.console("module unload " + module);
      }
    }
  }

  /** The answer gets lost when the listener that it comes through goes. */
  private void update(String module) throws IOException {
    try {
      server.console("module update " + module);
    } catch (IOException e) {
      if (!module.equals("control_listener")) {
        throw e;
      }
    }
  }

  /** Ends the traffic, waits until what was acknowledged has arrived, and counts. */
  Figures rest(int round) throws IOException, InterruptedException {
    stopped = true;
    for (Thread client : clients) {
      client.join();
    }
    clients.clear();
    // as long as something arrives: a queue may be long, a machine busy
    int missing = lost().cardinality();
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (missing > 0 && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(50);
      int now = lost().cardinality();
      if (now < missing) {
        missing = now;
        deadline = System.nanoTime() + PATIENCE_NANOS;
      }
    }
    Figures found =
        new Figures(
            round, heapOctets(), threads(), server.objects("BundleWiringImpl$BundleClassLoader"));
    figures.add(found);
    return found;
  }

  /** The numbers of the messages that were acknowledged and have not arrived. */
  synchronized BitSet lost() {
    BitSet lost = (BitSet) acknowledged.clone();
    lost.andNot(arrived);
    return lost;
  }

  synchronized int acknowledged() {
    return acknowledged.cardinality();
  }

  /** What the server complained of, but for what it always says. */
  List<String> complaints() throws IOException {
    return server.log("paniclog.ec").stream()
        .filter(line -> !line.contains("core.queue: spooled in 0 messages"))
        .filter(line -> !line.contains("core.kernel: the server stays root"))
        .toList();
  }

  private long heapOctets() throws IOException {
    String last =
        server
            .heap()
            .lines()
            .filter(line -> line.strip().startsWith("Total"))
            .findFirst()
            .orElse("");
    String[] cells = last.strip().split("\\s+");
    return cells.length < 3 ? 0 : Long.parseLong(cells[2]);
  }

  private int threads() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + server.pid() + "/status"))) {
      if (line.startsWith("Threads:")) {
        return Integer.parseInt(line.substring(8).strip());
      }
    }
    return 0;
  }

  private synchronized void arrive(byte[] data) {
    arrived.set(Load.number(data));
  }

  private synchronized void acknowledge(int number) {
    acknowledged.set(number);
  }

  private void client() {
    int number = next.getAndIncrement();
    while (!stopped) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.smtpPort)) {
        socket.setSoTimeout(30_000);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        say(in, out, "", "220");
        say(in, out, "EHLO soak.test", "250");
        while (!stopped) {
          say(in, out, "MAIL FROM:<sender@soak.test>", "250");
          say(in, out, "RCPT TO:<user@sink.test>", "250");
          say(in, out, "DATA", "354");
          say(in, out, message(number), "250");
          acknowledge(number);
          number = next.getAndIncrement();
          TimeUnit.MILLISECONDS.sleep(10);
        }
        say(in, out, "QUIT", "221");
      } catch (IOException e) {
        retries.incrementAndGet();
        Thread.yield();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static String message(int number) {
    return "From: <sender@soak.test>\r\nTo: <user@sink.test>\r\n"
        + "Date: Mon, 23 Nov 2026 00:00:00 +0000\r\nMessage-ID: <%d@soak.test>\r\n"
            .formatted(number)
        + "X-Ledger: %d\r\n\r\n%s\r\n.".formatted(number, "x".repeat(60));
  }

  private static void say(InputStream in, OutputStream out, String line, String code)
      throws IOException {
    if (!line.isEmpty()) {
      out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }
    String reply;
    do {
      StringBuilder read = new StringBuilder();
      for (int octet = in.read(); octet != '\n'; octet = in.read()) {
        if (octet == -1) {
          throw new IOException("hung up");
        }
        read.append((char) octet);
      }
      reply = read.toString();
    } while (reply.length() > 3 && reply.charAt(3) == '-');
    if (!reply.startsWith(code)) {
      throw new IOException(reply);
    }
  }

  @Override
  public void close() throws IOException {
    stopped = true;
    try {
      server.close();
    } finally {
      sink.close();
    }
  }

  /** {@code ROUNDS [FOLDER [SEED]]}: prints figures ten times in all, and ends with 1 on a loss. */
  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    Path folder = arguments.length > 1 ? Path.of(arguments[1]) : Files.createTempDirectory("soak");
    long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : System.nanoTime();
    try (ModuleSoak soak = new ModuleSoak(folder, seed)) {
      System.out.printf(
          "%d modules, %d rounds, seed %d, in %s%n", soak.modules().size(), rounds, seed, folder);
      System.out.println(
          "round\theap MiB\tthreads\tclass loaders\tacknowledged\tsent again\tcomplaints");
      int step = Math.max(1, rounds / 10);
      soak.traffic();
      for (int round = 1; round <= rounds; round++) {
        soak.round();
        if (round % step == 0 || round == 1) {
          Figures now = soak.rest(round);
          System.out.printf(
              "%d\t%.1f\t%d\t%d\t%d\t%d\t%d%n",
              round,
              now.heapOctets() / 1048576.0,
              now.threads(),
              now.classLoaders(),
              soak.acknowledged(),
              soak.retries.get(),
              soak.complaints().size());
          if (!soak.lost().isEmpty()) {
            System.out.println("lost: " + soak.lost());
            System.exit(1);
          }
          soak.traffic();
        }
      }
      soak.complaints().stream().limit(20).forEach(System.out::println);
    }
  }
}
