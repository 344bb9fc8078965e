package org.impetusmta.itest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A session with the console of a server, as ec_console has it. Single. */
final class ConsoleSession implements AutoCloseable {
  private final SocketChannel channel;
  private final InputStream in;
  private final OutputStream out;

  ConsoleSession(Path socket) throws IOException {
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    in = Channels.newInputStream(channel);
    out = Channels.newOutputStream(channel);
    line();
  }

  /** Runs a command and returns what it printed; fails when it was refused. */
  String run(String command) throws IOException {
    String answer = tried(command);
    if (!answer.startsWith("OK ")) {
      throw new IOException(command + ": " + answer);
    }
    return answer.substring(answer.indexOf('\n') + 1);
  }

  /** Runs a command that must be refused and returns why. */
  String refused(String command) throws IOException {
    String answer = tried(command);
    if (!answer.startsWith("ERR ")) {
      throw new IOException(command + " was not refused: " + answer);
    }
    return answer.substring(answer.indexOf('\n') + 1);
  }

  /** Runs a command and returns the whole answer with its header line. */
  String tried(String command) throws IOException {
    out.write((command + "\n").getBytes(StandardCharsets.UTF_8));
    String header = line();
    int length = Integer.parseInt(header.substring(header.lastIndexOf(' ') + 1));
    return header + "\n" + new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet == -1) {
        throw new IOException("the console hung up after \"" + line + "\"");
      }
      line.append((char) octet);
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
