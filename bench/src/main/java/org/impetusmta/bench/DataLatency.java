package org.impetusmta.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a client waits for its 250 after the final dot, at a rate well below the highest, beside
 * how long the same disk takes for one fdatasync of as many octets.
 *
 * <pre>DataLatency PORT RATE SECONDS CONNECTIONS OCTETS FOLDER</pre>
 *
 * <p>Messages are due at fixed times; a client that is late sends its next one at once. FOLDER is
 * on the disk of the spool.
 */
public final class DataLatency {
  private final int port;
  private final double rate;
  private final int messages;
  private final byte[] content;
  private final long[] nanos;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private long start;

  private DataLatency(int port, double rate, int messages, int octets) {
    this.port = port;
    this.rate = rate;
    this.messages = messages;
    this.nanos = new long[messages];
    String header = "From: <a@bench.test>\r\nTo: <b@bench.test>\r\nSubject: latency\r\n\r\n";
    String line = "x".repeat(70) + "\r\n";
    this.content =
        (header + line.repeat(Math.max(1, (octets - header.length()) / line.length())) + ".\r\n")
            .getBytes(StandardCharsets.US_ASCII);
  }

  /** Runs it; see the class. */
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    double rate = Double.parseDouble(args[1]);
    double seconds = Double.parseDouble(args[2]);
    int octets = Integer.parseInt(args[4]);
    Path folder = Path.of(args[5]);
    DataLatency warmUp = new DataLatency(port, rate, (int) (rate * 5), octets);
    warmUp.run(Integer.parseInt(args[3]));
    long[] before = syncs(folder, octets);
    DataLatency run = new DataLatency(port, rate, (int) (rate * seconds), octets);
    run.run(Integer.parseInt(args[3]));
    long[] after = syncs(folder, octets);
    print("DATA to 250", run.nanos);
    print("fdatasync before", before);
    print("fdatasync after", after);
    System.out.printf(
        "ratio of the 99 %% values: %.2f before, %.2f after%n",
        (double) at(run.nanos, 0.99) / at(before, 0.99),
        (double) at(run.nanos, 0.99) / at(after, 0.99));
  }

  private static void print(String what, long[] sorted) {
    System.out.printf(
        "%-17s n=%d  50 %% %.3f ms  90 %% %.3f  99 %% %.3f  99.9 %% %.3f  longest %.3f%n",
        what,
        sorted.length,
        at(sorted, 0.5) / 1e6,
        at(sorted, 0.9) / 1e6,
        at(sorted, 0.99) / 1e6,
        at(sorted, 0.999) / 1e6,
        sorted[sorted.length - 1] / 1e6);
  }

  private static long at(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1L, Math.round(share * sorted.length))];
  }

  /** 4,000 appends of so many octets, each with an fdatasync; sorted. */
  private static long[] syncs(Path folder, int octets) throws IOException {
    Path file = folder.resolve("fdatasync");
    long[] nanos = new long[4_000];
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer block = ByteBuffer.allocateDirect(octets);
      for (int i = 0; i < nanos.length; i++) {
        block.clear();
        long begin = System.nanoTime();
        channel.write(block, (long) i * octets);
        channel.force(false);
        nanos[i] = System.nanoTime() - begin;
      }
    } finally {
      Files.deleteIfExists(file);
    }
    Arrays.sort(nanos);
    return nanos;
  }

  private void run(int connections) throws InterruptedException {
    start = System.nanoTime();
    Thread[] clients = new Thread[connections];
    for (int i = 0; i < connections; i++) {
      clients[i] = Thread.ofPlatform().start(this::client);
    }
    for (Thread client : clients) {
      client.join();
    }
    if (answered.get() != messages) {
      throw new IllegalStateException(answered + " of " + messages + " messages were answered");
    }
    Arrays.sort(nanos);
  }

  private void client() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      expect(in, "220");
      send(out, "EHLO bench.test\r\n");
      expect(in, "250");
      for (int n = next.getAndIncrement(); n < messages; n = next.getAndIncrement()) {
        long due = start + (long) (n * 1e9 / rate);
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        send(out, "MAIL FROM:<a@bench.test>\r\nRCPT TO:<b@bench.test>\r\nDATA\r\n");
        expect(in, "250");
        expect(in, "250");
        expect(in, "354");
        long dot = System.nanoTime();
        out.write(content);
        expect(in, "250");
        nanos[n] = System.nanoTime() - dot;
        answered.incrementAndGet();
      }
      send(out, "QUIT\r\n");
      expect(in, "221");
    } catch (IOException e) {
      System.err.println(e);
    }
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void expect(InputStream in, String code) throws IOException {
    while (true) {
      StringBuilder line = new StringBuilder();
      for (int octet = in.read(); octet != '\n'; octet = in.read()) {
        if (octet < 0) {
          throw new IOException("the server hung up");
        }
        line.append((char) octet);
      }
      if (!line.toString().startsWith(code)) {
        throw new IOException("expected " + code + ", got " + line);
      }
      if (line.charAt(3) == ' ') {
        return;
      }
    }
  }
}
