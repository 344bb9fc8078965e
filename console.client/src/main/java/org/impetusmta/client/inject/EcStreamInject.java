package org.impetusmta.client.inject;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.client.ecstream.EcStreamClient;
import org.impetusmta.client.ecstream.WireForm;

/**
 * The program {@code ec_stream_inject}: sends one message, from a file or its standard input, to
 * many recipients by ECStream. Exit codes: 0 all were taken, 1 some were not, 2 wrong usage or no
 * server. Single. Beyond the manual.
 */
public final class EcStreamInject {
  private static final String USAGE =
      """
      usage: ec_stream_inject [-s HOST:PORT] [-f SENDER] [-b COUNT] [-i FILE] [-n COUNT] [-t FILE] RECIPIENT...
        -s HOST:PORT  the server (127.0.0.1:1825)
        -f SENDER     the reverse-path (empty: the null sender)
        -b COUNT      recipients of one message (1000)
        -i FILE       the message (standard input)
        -n COUNT      send all of it so many times (1)
        -t FILE       by TLS; FILE has the authorities (PEM) that the server's certificate is checked against
        @FILE in place of a recipient: one recipient a line
      """;

  private final PrintStream out;
  private final PrintStream err;
  private String server = "127.0.0.1:1825";
  private String sender = "";
  private int batch = 1000;
  private int times = 1;
  private String input = "-";
  private Optional<SSLContext> tls = Optional.empty();
  private final List<Address> recipients = new ArrayList<>();

  EcStreamInject(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(new EcStreamInject(out, err).run(arguments, System.in));
  }

  int run(String[] arguments, InputStream standardInput) {
    try {
      if (!parse(arguments)) {
        err.print(USAGE);
        return 2;
      }
      int colon = server.lastIndexOf(':');
      String host = server.substring(0, colon).replaceAll("[\\[\\]]", "");
      InetSocketAddress to =
          new InetSocketAddress(
              InetAddress.getByName(host), Integer.parseInt(server.substring(colon + 1)));
      try (InputStream from =
          input.equals("-") ? standardInput : Files.newInputStream(Path.of(input))) {
        return inject(to, WireForm.of(from.readAllBytes()));
      }
    } catch (IOException | IllegalArgumentException e) {
      err.println("ec_stream_inject: " + e.getMessage());
      return 2;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private boolean parse(String[] arguments) throws IOException {
    for (int i = 0; i < arguments.length; i++) {
      String word = arguments[i];
      if (word.startsWith("-") && word.length() == 2 && i + 1 < arguments.length) {
        String value = arguments[++i];
        switch (word) {
          case "-s" -> server = value;
          case "-f" -> sender = value;
          case "-b" -> batch = Integer.parseInt(value);
          case "-i" -> input = value;
          case "-t" -> tls = Optional.of(trusting(Path.of(value)));
          case "-n" -> times = Integer.parseInt(value);
          default -> {
            return false;
          }
        }
      } else if (word.startsWith("-")) {
        return false;
      } else if (word.startsWith("@")) {
        for (String line : Files.readAllLines(Path.of(word.substring(1)))) {
          if (!line.isBlank()) {
            recipients.add(Address.of(line.strip()));
          }
        }
      } else {
        recipients.add(Address.of(word));
      }
    }
    return !recipients.isEmpty() && batch > 0 && times > 0 && server.lastIndexOf(':') > 0;
  }

  private static SSLContext trusting(Path authorities) throws IOException {
    try (InputStream in = Files.newInputStream(authorities)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("authority" + store.size(), one);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(authorities + ": " + e.getMessage(), e);
    }
  }

  private record Sent(List<Address> recipients, CompletableFuture<List<Reply>> result) {}

  private int inject(InetSocketAddress to, Body body) throws IOException, InterruptedException {
    long taken = 0;
    long refused = 0;
    Deque<Sent> sent = new ArrayDeque<>();
    try (EcStreamClient client =
        new EcStreamClient(to, InetAddress.getLocalHost().getHostName(), 60_000, tls)) {
      int most = Math.min(batch, client.limits().recipients());
      Address from = sender.isEmpty() ? Address.NULL : Address.of(sender);
      for (int time = 0; time < times; time++) {
        for (int i = 0; i < recipients.size(); i += most) {
          List<Address> some = recipients.subList(i, Math.min(recipients.size(), i + most));
          sent.add(new Sent(some, client.submit(from, some, body)));
          while (sent.size() > 1 && sent.getFirst().result().isDone()) {
            long bad = refused(sent.removeFirst());
            refused += bad;
            taken -= bad;
          }
          taken += some.size();
        }
      }
      client.flush();
      while (!sent.isEmpty()) {
        long bad = refused(sent.removeFirst());
        refused += bad;
        taken -= bad;
      }
    }
    out.println(taken + " taken, " + refused + " not");
    return refused == 0 ? 0 : 1;
  }

  /** Waits for a result and tells of those that were not taken. */
  private long refused(Sent message) throws InterruptedException {
    long count = 0;
    try {
      List<Reply> replies = message.result().get();
      for (int i = 0; i < replies.size(); i++) {
        if (!replies.get(i).isPositive()) {
          count++;
          err.println(message.recipients().get(i) + ": " + replies.get(i));
        }
      }
    } catch (ExecutionException e) {
      count = message.recipients().size();
      err.println(message.recipients().getFirst() + " …: unknown: " + e.getCause());
    }
    return count;
  }
}
