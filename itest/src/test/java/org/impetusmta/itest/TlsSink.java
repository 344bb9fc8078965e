package org.impetusmta.itest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Next hops on several addresses of loopback and one port that offer STARTTLS, and under TLS
 * REQUIRETLS, and take all mail. Concurrent.
 */
final class TlsSink implements AutoCloseable {
  private final SSLContext context;
  private final List<ServerSocket> sockets = new CopyOnWriteArrayList<>();

  /** {@code RECIPIENT tls} or {@code RECIPIENT clear}, in the order in which mail was taken. */
  final List<String> taken = new CopyOnWriteArrayList<>();

  /** The MAIL command of each message, by recipient. */
  final Map<String, String> mails = new ConcurrentHashMap<>();

  private final boolean offersRequireTls;

  TlsSink(SSLContext context, int addresses, boolean offersRequireTls) throws IOException {
    this.context = context;
    this.offersRequireTls = offersRequireTls;
    int port = 0;
    for (int i = 1; i <= addresses; i++) {
      InetAddress address = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) i});
      ServerSocket socket = new ServerSocket(port, 50, address);
      port = socket.getLocalPort();
      sockets.add(socket);
      Thread.ofVirtual().start(() -> accept(socket));
    }
  }

  int port() {
    return sockets.getFirst().getLocalPort();
  }

  private void accept(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      dialogue(client, false);
    } catch (IOException e) {
      // the client had enough
    }
  }

  private void dialogue(Socket client, boolean tls) throws IOException {
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
    if (!tls) {
      say(client, "220 sink.test");
    }
    String mail = "";
    String recipient = "";
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String verb = line.split("[ :]", 2)[0].toUpperCase(java.util.Locale.ROOT);
      switch (verb) {
        case "EHLO" ->
            say(
                client,
                "250-sink.test\r\n250-8BITMIME\r\n"
                    + (tls ? offersRequireTls ? "250-REQUIRETLS\r\n" : "" : "250-STARTTLS\r\n")
                    + "250 PIPELINING");
        case "STARTTLS" -> {
          say(client, "220 go on");
          SSLSocket secured =
              (SSLSocket) context.getSocketFactory().createSocket(client, null, false);
          secured.setUseClientMode(false);
          secured.startHandshake();
          dialogue(secured, true);
          return;
        }
        case "MAIL" -> {
          mail = line;
          say(client, "250 ok");
        }
        case "RCPT" -> {
          recipient = line.replaceAll(".*<(.*)>.*", "$1");
          say(client, "250 ok");
        }
        case "DATA" -> {
          say(client, "354 go on");
          while (line != null && !line.equals(".")) {
            line = in.readLine();
          }
          mails.put(recipient, mail);
          taken.add(recipient + (tls ? " tls" : " clear"));
          say(client, "250 taken");
        }
        case "QUIT" -> {
          say(client, "221 bye");
          return;
        }
        default -> say(client, "250 ok");
      }
    }
  }

  private static void say(Socket client, String line) throws IOException {
    client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    client.getOutputStream().flush();
  }

  @Override
  public void close() throws IOException {
    for (ServerSocket socket : sockets) {
      socket.close();
    }
  }
}
