package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small heap, large messages, many connections and nothing that goes out: the server refuses mail
 * before it runs out of memory, and takes it again by itself. What it took is in the spool.
 */
class MemoryTest {
  private static final int CONNECTIONS = 40;
  private static final int MESSAGES = 6;
  private static final int LINES = 40_000;
  private static final byte[] LINE = ("x".repeat(70) + "\r\n").getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
  private final AtomicInteger refusedAtMail = new AtomicInteger();
  private final AtomicInteger refusedAtEnd = new AtomicInteger();
  private final List<String> trouble = new CopyOnWriteArrayList<>();
  private final Set<Integer> arrived = ConcurrentHashMap.newKeySet();

  @Test
  void memoryThatIsShortIsNoEnd() throws Exception {
    Path home = folder.resolve("server");
    int port = Server.freePort();
    try (Sink sink = new Sink(data -> arrived.add(Load.number(data)));
        Server server =
            Server.startWith(
                home,
                port,
                Server.configuration(home, port)
                        .replace(
                            "ESMTP_Listener {",
                            "ESMTP_Listener { Max_Reception_Memory = 1000000000 ")
                    + """
                    Gateway = "127.0.0.1"
                    Remote_SMTP_Port = "%d"
                    Retry_Interval = 1
                    Large_Message_Threshold = 100000000
                    Suspend_Delivery = true
                    Mail_Queue_Check_VM_Interval = 1
                    """
                        .formatted(sink.port()),
                "-Xmx128m")) {
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        int number = i;
        clients.add(Thread.ofVirtual().start(() -> client(server.smtpPort, number)));
      }
      for (Thread client : clients) {
        client.join();
      }
      System.out.printf(
          "%d accepted, %d refused at MAIL, %d at the end of DATA%n",
          acknowledged.size(), refusedAtMail.get(), refusedAtEnd.get());
      assertThat(trouble).isEmpty();
      assertThat(server.output()).doesNotContain("OutOfMemory");
      assertThat(server.alive()).isTrue();
      assertThat(refusedAtMail.get() + refusedAtEnd.get()).isPositive();
      assertThat(acknowledged).isNotEmpty();
      assertThat(server.log("rejectlog.ec")).anyMatch(line -> line.contains("low memory"));
      // it accepts again by itself
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Load.replyToRecipient(server.smtpPort, "a@sink.test").startsWith("250"));
      int first = CONNECTIONS * MESSAGES;
      try (Load load = new Load(server.smtpPort, 2, first, first + 20, 4096)) {
        load.join();
        assertThat(load.trouble).isEmpty();
        acknowledged.addAll(load.acknowledged.keySet());
      }
      server.kill();
      server.restart();
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> server.console("summary").contains("%6d".formatted(acknowledged.size())));
      server.console("config set suspend_delivery false");
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> server.console("summary").contains("Total Queue Size:      0"));
      assertThat(server.output()).doesNotContain("OutOfMemory");
    }
    assertThat(arrived).isEqualTo(acknowledged);
  }

  /** Sends large messages; one that is refused for want of memory is left at that. */
  private void client(int port, int number) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      reply(in);
      say(in, out, "EHLO load.test\r\n", "250");
      for (int i = 0; i < MESSAGES; i++) {
        message(in, out, number * MESSAGES + i);
      }
      say(in, out, "QUIT\r\n", "221");
    } catch (IOException | InterruptedException e) {
      trouble.add(e.toString());
    }
  }

  private void message(InputStream in, OutputStream out, int number)
      throws IOException, InterruptedException {
    out.write("MAIL FROM:<sender@load.test>\r\n".getBytes(StandardCharsets.US_ASCII));
    String mail = reply(in);
    if (mail.startsWith("452 4.3.1")) {
      refusedAtMail.incrementAndGet();
      Thread.sleep(50);
      return;
    }
    if (!mail.startsWith("250")) {
      throw new IOException("MAIL: " + mail);
    }
    say(in, out, "RCPT TO:<user@sink.test>\r\n", "250");
    say(in, out, "DATA\r\n", "354");
    out.write(("X-Ledger: " + number + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < LINES; i++) {
      out.write(LINE);
    }
    out.write(".\r\n".getBytes(StandardCharsets.US_ASCII));
    String end = reply(in);
    if (end.startsWith("250")) {
      acknowledged.add(number);
    } else if (end.startsWith("452 4.3.1")) {
      refusedAtEnd.incrementAndGet();
    } else {
      throw new IOException("end of DATA: " + end);
    }
  }

  private static void say(InputStream in, OutputStream out, String line, String expected)
      throws IOException {
    out.write(line.getBytes(StandardCharsets.US_ASCII));
    String reply = reply(in);
    if (!reply.startsWith(expected)) {
      throw new IOException(line.strip() + ": " + reply);
    }
  }

  /** The last line of a reply. */
  private static String reply(InputStream in) throws IOException {
    while (true) {
      StringBuilder line = new StringBuilder();
      for (int octet = in.read(); octet != '\n'; octet = in.read()) {
        if (octet == -1) {
          throw new IOException("the server hung up");
        }
        line.append((char) octet);
      }
      if (line.length() < 4 || line.charAt(3) == ' ') {
        return line.toString();
      }
    }
  }
}
