package org.impetusmta.itest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that send numbered messages (a header {@code X-Ledger: n}) over a few connections and
 * write down which of them were answered 250, with the message id of the answer. Concurrent.
 */
final class Load implements AutoCloseable {
  private final int port;
  private final int limit;
  private final String padding;
  private final AtomicInteger next;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final List<Thread> clients = new ArrayList<>();

  /** Number to message id of all that were answered 250. */
  final Map<Integer, String> acknowledged = new ConcurrentHashMap<>();

  /** Replies other than the expected ones, and connections that ended. */
  final List<String> trouble = new java.util.concurrent.CopyOnWriteArrayList<>();

  /** How often a connection was ended between messages because of a reload, with 421 4.3.2. */
  final AtomicInteger reconfigured = new AtomicInteger();

  /** Nanoseconds from MAIL FROM to the last 250, for each message that was acknowledged. */
  final Queue<Long> latencies = new ConcurrentLinkedQueue<>();

  /** Sends messages {@code first} to {@code limit - 1} over {@code connections} connections. */
  Load(int port, int connections, int first, int limit, int octets) {
    this.port = port;
    this.limit = limit;
    this.next = new AtomicInteger(first);
    this.padding = ("x".repeat(70) + "\r\n").repeat(Math.max(1, octets / 72));
    for (int i = 0; i < connections; i++) {
      clients.add(Thread.ofVirtual().start(this::client));
    }
  }

  private void client() {
    try {
      int number = next.getAndIncrement();
      while (number < limit) {
        number = session(number);
      }
    } catch (IOException e) {
      trouble.add(e.toString());
    }
  }

  /** Sends messages from {@code number} on; returns the first that it did not get to send. */
  private int session(int number) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      expect(in, "220");
      send(out, "EHLO load.test\r\n");
      expect(in, "250");
      int current = number;
      while (current < limit && !stopped.get()) {
        long start = System.nanoTime();
        send(out, "MAIL FROM:<sender@load.test>\r\n");
        String answer = expect(in, "");
        if (answer.startsWith("421 4.3.2")) {
          reconfigured.incrementAndGet();
          return current;
        }
        if (!answer.startsWith("250")) {
          throw new IOException("expected 250, got " + answer);
        }
        acknowledged.put(current, message(in, out, current));
        latencies.add(System.nanoTime() - start);
        current = next.getAndIncrement();
      }
      send(out, "QUIT\r\n");
      expect(in, "221");
      return limit;
    }
  }

  /** Sends the rest of a message and returns its id. */
  private String message(InputStream in, OutputStream out, int number) throws IOException {
    send(out, "RCPT TO:<user@sink.test>\r\nDATA\r\n");
    expect(in, "250");
    expect(in, "354");
    send(
        out,
        "From: <sender@load.test>\r\n"
            + "To: <user@sink.test>\r\n"
            + "Date: Mon, 23 Nov 2026 00:00:00 +0000\r\n"
            + "Message-ID: <"
            + number
            + "@load.test>\r\nX-Ledger: "
            + number
            + "\r\n\r\n"
            + padding
            + ".\r\n");
    String reply = expect(in, "250");
    return reply.substring(reply.lastIndexOf(' ') + 1);
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String expect(InputStream in, String code) throws IOException {
    while (true) {
      StringBuilder line = new StringBuilder();
      for (int octet = in.read(); octet != '\n'; octet = in.read()) {
        if (octet == -1) {
          throw new IOException("the server hung up");
        }
        if (octet != '\r') {
          line.append((char) octet);
        }
      }
      if (!line.toString().startsWith(code)) {
        throw new IOException("expected " + code + ", got " + line);
      }
      if (line.length() == 3 || line.charAt(3) == ' ') {
        return line.toString();
      }
    }
  }

  /** What a server answers to RCPT TO with an address. */
  static String replyToRecipient(int port, String address) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      expect(in, "220");
      send(out, "EHLO load.test\r\n");
      expect(in, "250");
      send(out, "MAIL FROM:<sender@load.test>\r\n");
      expect(in, "250");
      send(out, "RCPT TO:<" + address + ">\r\n");
      String reply = expect(in, "");
      send(out, "QUIT\r\n");
      expect(in, "221");
      return reply;
    }
  }

  /** Which message of the ledger these octets are. */
  static int number(byte[] data) {
    String text = new String(data, StandardCharsets.ISO_8859_1);
    int at = text.indexOf("X-Ledger: ") + 10;
    return Integer.parseInt(text, at, text.indexOf('\r', at), 10);
  }

  /** Waits until all clients are through. */
  void join() throws InterruptedException {
    for (Thread client : clients) {
      client.join();
    }
  }

  @Override
  public void close() throws InterruptedException {
    stopped.set(true);
    join();
  }
}
