package org.impetusmta.module.smtp_auth_proxy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server that answers the first clients' lines with what it was given, one after the other, and
 * then says nothing any more.
 */
final class ScriptedServer implements AutoCloseable {
  private final ServerSocket listening;
  private final List<String> heard = new CopyOnWriteArrayList<>();

  /**
   * @param replies the greeting first; lines are separated by LF
   */
  ScriptedServer(String... replies) throws IOException {
    listening = new ServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  serve(listening.accept(), replies);
                }
              } catch (IOException closed) {
                // the end of the test
              }
            });
  }

  private void serve(Socket client, String... replies) {
    try (client) {
      OutputStream out = client.getOutputStream();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
      int next = 0;
      out.write(octets(replies[next++]));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        heard.add(line);
        if (next < replies.length) {
          out.write(octets(replies[next++]));
        }
      }
    } catch (IOException gone) {
      // the client does not wait for everything
    }
  }

  private static byte[] octets(String reply) {
    return (reply.replace("\n", "\r\n") + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** The lines of all clients so far. */
  List<String> heard() {
    return heard;
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
