package org.impetusmta.client.audit;

import java.io.BufferedInputStream;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * The program {@code cidr_server}: answers the queries of cidr_cli over TCP. A query is a line; an
 * answer is its lines and an empty one. A query that makes no sense has an empty answer, as the
 * manual has it. At most {@value #MOST} clients at a time, each on a virtual thread; one that says
 * nothing for five minutes is let go. Nobody is asked who he is: it listens on the loopback address
 * unless it is told otherwise. Concurrent. Source: cluster.cidr_server.
 */
public final class CidrServer implements AutoCloseable {
  /** Clients at a time. */
  static final int MOST = 64;

  private static final int PORT = 9000;
  private static final int LONGEST = 4096;
  private static final int IDLE_MILLIS = 300_000;
  private static final String USAGE =
      """
      usage: cidr_server [-b FOLDER] [-l ADDRESS] [-p PORT]
        -b FOLDER    where the files are (/var/log/eccluster/aslogger on a manager,
                     else /var/log/ecelerity/audit_series_logs)
        -l ADDRESS   where it listens (127.0.0.1)
        -p PORT      the port (9000)
        -h           this text
      """;

  private final CidrShell shell;
  private final ServerSocket socket;
  private final Semaphore clients = new Semaphore(MOST);

  /**
   * Begins to listen.
   *
   * @param port 0: any
   */
  CidrServer(Path folder, InetAddress address, int port) throws IOException {
    shell = new CidrShell(new SeriesFiles(folder));
    socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(address, port));
  }

  /** Runs the program until the process is ended. */
  public static void main(String[] arguments) {
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(new PrintStream(System.out, true, StandardCharsets.UTF_8), err, arguments));
  }

  static int run(PrintStream out, PrintStream err, String... arguments) {
    Path folder = SeriesFiles.usual();
    String address = "127.0.0.1";
    int port = PORT;
    List<String> words = List.of(arguments);
    if (words.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    for (int i = 0; i < words.size(); i += 2) {
      String value = i + 1 < words.size() ? words.get(i + 1) : "";
      boolean known =
          switch (value.isEmpty() ? "" : words.get(i)) {
            case "-b", "-l" -> true;
            case "-p" -> value.matches("\\d{1,5}") && Integer.parseInt(value) < 65536;
            default -> false;
          };
      if (!known) {
        err.print(USAGE);
        return 2;
      }
      switch (words.get(i)) {
        case "-b" -> folder = Path.of(value);
        case "-l" -> address = value;
        default -> port = Integer.parseInt(value);
      }
    }
    try (CidrServer server = new CidrServer(folder, InetAddress.ofLiteral(address), port)) {
      out.println("cidr_server listens on " + address + ":" + server.port());
      server.serve();
      return 0;
    } catch (UnknownHostException | IllegalArgumentException e) {
      err.println("cidr_server: -l " + address + ": expected an address");
      return 2;
    } catch (IOException e) {
      err.println("cidr_server: " + address + ":" + port + ": " + e.getMessage());
      return 1;
    }
  }

  int port() {
    return socket.getLocalPort();
  }

  /** Serves until {@link #close}. */
  void serve() throws IOException {
    while (!socket.isClosed()) {
      Socket client;
      try {
        client = socket.accept();
      } catch (IOException e) {
        if (socket.isClosed()) {
          return;
        }
        throw e;
      }
      if (clients.tryAcquire()) {
        Thread.ofVirtual().name("cidr").start(() -> talk(client));
      } else {
        client.close();
      }
    }
  }

  private void talk(Socket client) {
    try (client;
        InputStream in = new BufferedInputStream(client.getInputStream());
        Writer out =
            new BufferedWriter(
                new OutputStreamWriter(client.getOutputStream(), StandardCharsets.UTF_8))) {
      client.setSoTimeout(IDLE_MILLIS);
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        for (String answer : answer(line)) {
          out.write(answer + "\n");
        }
        out.write("\n");
        out.flush();
      }
    } catch (IOException _) {
      // the client is gone, or said nothing
    } finally {
      clients.release();
    }
  }

  private List<String> answer(String line) {
    try {
      return shell.answer(line);
    } catch (IOException | IllegalArgumentException e) {
      return List.of();
    }
  }

  /** The next line that is not empty; empty at the end, or where it is too long. */
  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    for (int octet = in.read(); octet >= 0 && octets.size() < LONGEST; octet = in.read()) {
      if (octet == '\n') {
        String line = octets.toString(StandardCharsets.UTF_8).strip();
        if (!line.isEmpty()) {
          return line;
        }
        octets.reset();
      } else {
        octets.write(octet);
      }
    }
    return "";
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
