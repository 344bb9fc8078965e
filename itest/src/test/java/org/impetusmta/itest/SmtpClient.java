package org.impetusmta.itest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that says what it is told to, one line at a time. Single. */
final class SmtpClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket socket;
  private final BufferedReader in;

  /** The banner. */
  final String banner;

  SmtpClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    banner = reply();
  }

  /** Says lines, waiting for the reply to each; returns the last line of the last reply. */
  String say(String... lines) throws IOException {
    String reply = "";
    for (String line : lines) {
      socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      reply = reply();
    }
    return reply;
  }

  private String reply() throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.length() < 4 || line.charAt(3) != '-') {
        return line;
      }
    }
    return "(closed)";
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
