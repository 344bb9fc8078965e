package org.impetusmta.itest;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A next hop that takes all mail and hands each message, byte for byte as it came after DATA, to a
 * consumer. Concurrent.
 */
final class Sink implements AutoCloseable {
  private final ServerSocket socket;
  private final Consumer<byte[]> consumer;
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  /** How many messages were taken. */
  final AtomicInteger messages = new AtomicInteger();

  /** What clients called themselves. */
  final Set<String> names = ConcurrentHashMap.newKeySet();

  /** The addresses that clients came from. */
  final Set<String> clients = ConcurrentHashMap.newKeySet();

  /** How many recipients each message had, in order. */
  final Queue<Integer> recipients = new ConcurrentLinkedQueue<>();

  /** Connections that ended without QUIT: what they had not finished was not taken. */
  final AtomicInteger troubles = new AtomicInteger();

  Sink(Consumer<byte[]> consumer) throws IOException {
    this.consumer = consumer;
    this.socket = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** How many connections are open. */
  int connections() {
    return open.size();
  }

  int port() {
    return socket.getLocalPort();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        open.add(client);
        clients.add(client.getInetAddress().getHostAddress());
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream(), 65536);
      OutputStream out = new BufferedOutputStream(client.getOutputStream());
      reply(out, in, "220 sink.test");
      int rcpts = 0;
      for (String line = line(in); line != null; line = line(in)) {
        String verb = line.length() < 4 ? line : line.substring(0, 4).toUpperCase(Locale.ROOT);
        switch (verb) {
          case "EHLO" -> {
            names.add(line.substring(4).strip());
            reply(out, in, "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 0");
          }
          case "RCPT" -> {
            rcpts++;
            reply(out, in, "250 2.1.5 ok");
          }
          case "DATA" -> {
            reply(out, in, "354 go on");
            byte[] data = data(in);
            recipients.add(rcpts);
            rcpts = 0;
            consumer.accept(data);
            messages.incrementAndGet();
            reply(out, in, "250 2.0.0 taken");
          }
          case "QUIT" -> {
            reply(out, in, "221 bye");
            return;
          }
          default -> reply(out, in, "250 2.0.0 ok");
        }
      }
    } catch (IOException e) {
      troubles.incrementAndGet();
    } finally {
      open.remove(client);
    }
  }

  private static void reply(OutputStream out, InputStream in, String text) throws IOException {
    out.write((text + "\r\n").getBytes(StandardCharsets.US_ASCII));
    if (in.available() == 0) {
      out.flush();
    }
  }

  private static @org.jspecify.annotations.Nullable String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet == -1) {
        return null;
      }
      if (octet != '\r') {
        line.append((char) octet);
      }
    }
    return line.toString();
  }

  /** The octets up to, and without, CRLF.CRLF's dot line. */
  private static byte[] data(InputStream in) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream(8192);
    int state = 2;
    while (true) {
      int octet = in.read();
      if (octet == -1) {
        throw new IOException("disconnect in DATA");
      }
      data.write(octet);
      // 0 in a line, 1 after CR, 2 after CRLF, 3 after CRLF., 4 after CRLF.CR
      state =
          switch (octet) {
            case '\r' -> state == 3 ? 4 : 1;
            case '\n' -> state == 1 ? 2 : state == 4 ? 5 : 0;
            case '.' -> state == 2 ? 3 : 0;
            default -> 0;
          };
      if (state == 5) {
        byte[] all = data.toByteArray();
        return java.util.Arrays.copyOf(all, all.length - 3);
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket client : open) {
      client.close();
    }
  }
}
