package org.impetusmta.bench;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.client.ecstream.EcStreamClient;

/**
 * Injects by ECStream as fast as the server takes it, with the client library: each line of
 * standard input, a number of messages, is a run, and its seconds are written when the last message
 * is durable.
 *
 * <pre>EcStreamRate PORT CONNECTIONS OCTETS RECIPIENTS</pre>
 */
public final class EcStreamRate {
  private final InetSocketAddress server;
  private final Body body;
  private final int recipients;
  private final AtomicInteger left = new AtomicInteger();
  private final AtomicLong taken = new AtomicLong();

  private EcStreamRate(int port, int octets, int recipients) {
    this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.recipients = recipients;
    String header = "From: <a@bench.test>\r\nTo: <b@bench.test>\r\nSubject: rate\r\n\r\n";
    StringBuilder text = new StringBuilder(header);
    while (text.length() + 80 <= octets) {
      text.append("x".repeat(78)).append("\r\n");
    }
    text.append("x".repeat(Math.max(0, octets - text.length() - 2))).append("\r\n");
    this.body = Body.of(text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  /** Runs it; see the class. */
  public static void main(String[] args) throws Exception {
    EcStreamRate rate =
        new EcStreamRate(
            Integer.parseInt(args[0]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    int connections = Integer.parseInt(args[1]);
    var in = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(rate.run(Integer.parseInt(line), connections));
    }
  }

  private double run(int messages, int connections) throws InterruptedException {
    left.set(messages);
    taken.set(0);
    long begin = System.nanoTime();
    Thread[] clients = new Thread[connections];
    for (int i = 0; i < connections; i++) {
      clients[i] = Thread.ofPlatform().start(this::client);
    }
    for (Thread client : clients) {
      client.join();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    if (taken.get() != (long) messages * recipients) {
      throw new IllegalStateException(taken + " of " + messages + " messages were taken");
    }
    return seconds;
  }

  private void client() {
    Address from = Address.of("sender@bench.test");
    List<Address> to = new ArrayList<>(recipients);
    for (int i = 0; i < recipients; i++) {
      // as smtp-source -r names them
      to.add(new Address(recipients == 1 ? "someone" : i + "someone", "far-away.test"));
    }
    try (EcStreamClient client = new EcStreamClient(server, "bench.test", 60_000)) {
      while (left.getAndDecrement() > 0) {
        client.submit(from, to, body).thenAccept(this::answered);
      }
    } catch (Exception e) {
      System.err.println(e);
    }
  }

  private void answered(List<Reply> replies) {
    int count = 0;
    for (Reply reply : replies) {
      count += reply.isPositive() ? 1 : 0;
    }
    taken.addAndGet(count);
  }
}
