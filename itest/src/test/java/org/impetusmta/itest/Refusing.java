package org.impetusmta.itest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A next hop that answers every RCPT with the same refusal. Concurrent. */
final class Refusing implements AutoCloseable {
  private final ServerSocket socket;
  private final String reply;
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  Refusing(String reply) throws IOException {
    this.reply = reply;
    this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
      say(client, "220 refusing.test");
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("RCPT")) {
          say(client, reply);
        } else if (line.startsWith("DATA")) {
          say(client, "503 5.5.1 no recipient");
        } else if (line.startsWith("QUIT")) {
          say(client, "221 2.0.0 bye");
          return;
        } else {
          say(client, "250 2.0.0 ok");
        }
      }
    } catch (IOException gone) {
      // the client is
    } finally {
      open.remove(client);
    }
  }

  private static void say(Socket client, String line) throws IOException {
    client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket client : open) {
      client.close();
    }
  }
}
