package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.listener.esmtp.ContentReader.Fault;
import org.jspecify.annotations.Nullable;

/**
 * Commands, chunks and content, whatever the octets: every answer is a reply, the session comes to
 * an end with its client, nothing is left of it, and the next client is served. {@code
 * docs/fuzzing.md} says how to look for more.
 */
class EsmtpFuzzTest {
  /** One for all inputs: what an input leaves behind is seen by the next. */
  private static @Nullable EsmtpServer server;

  private static synchronized EsmtpServer server() {
    EsmtpServer running = server;
    if (running == null) {
      try {
        running = new EsmtpServer(List.of("max_message_size=100000"));
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      server = running;
    }
    return running;
  }

  @FuzzTest(maxDuration = "10m")
  @DictionaryEntries({
    "EHLO a\\x0d\\x0a",
    "HELO a\\x0d\\x0a",
    "MAIL FROM:<a@example.com>",
    "RCPT TO:<b@example.com>",
    " SIZE=10",
    " BODY=8BITMIME",
    " BODY=BINARYMIME",
    " SMTPUTF8",
    " RET=HDRS ENVID=x+2B",
    " NOTIFY=SUCCESS,DELAY",
    " ORCPT=rfc822;b+40c",
    "\\x0d\\x0a",
    "DATA\\x0d\\x0a",
    "\\x0d\\x0a.\\x0d\\x0a",
    "BDAT 5\\x0d\\x0a",
    "BDAT 0 LAST\\x0d\\x0a",
    "BDAT 3 LAST\\x0d\\x0aa\\x0d\\x0a",
    "RSET\\x0d\\x0a",
    "NOOP\\x0d\\x0a",
    "STARTTLS\\x0d\\x0a",
    "AUTH PLAIN =\\x0d\\x0a",
    "VRFY a\\x0d\\x0a",
    "XCLIENT ADDR=1.2.3.4\\x0d\\x0a",
    "QUIT\\x0d\\x0a"
  })
  void dialogue(byte[] octets) throws IOException {
    EsmtpServer running = server();
    String said = say(running, octets);
    for (String line : said.split("\r\n", -1)) {
      // the last one may be cut off with the connection
      assertThat(line).matches("([2-5]([0-9]([0-9]([ -][ -~]*)?)?)?)?\\r?").hasSizeLessThan(2048);
    }
    assertThat(said).startsWith("220 ");
    await().until(() -> running.counters.inboundConnections.sum() == 0);
    assertThat(say(running, "NOOP\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII)))
        .contains("\r\n250 ", "\r\n221 ");
  }

  private static String say(EsmtpServer to, byte[] octets) throws IOException {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (Socket socket = new Socket()) {
      socket.connect(to.listener().sockets().getFirst().boundTo());
      socket.setSoTimeout(20_000);
      byte[] some = new byte[4096];
      // the greeting first: who talks before it is another case
      said.write(some, 0, socket.getInputStream().read(some));
      try {
        socket.getOutputStream().write(octets);
        socket.shutdownOutput();
        for (int count = 0; count >= 0; count = socket.getInputStream().read(some)) {
          said.write(some, 0, count);
        }
      } catch (SocketException hungUp) {
        assertThat(hungUp).hasMessageMatching("(?i).*(reset|broken pipe|closed).*");
      }
    }
    return said.toString(StandardCharsets.ISO_8859_1);
  }

  /** The content of a message, beside the plainest way to find its end. */
  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({"\\x0d\\x0a.\\x0d\\x0a", "\\x0d\\x0a", "\\x0d", "\\x0a", ".", ".."})
  void content(byte[] octets) {
    String text = "\r\n" + new String(octets, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n.\r\n");
    int used = end < 0 ? octets.length : end + 3;
    for (int piece : new int[] {Math.max(1, octets.length), 1, 5}) {
      AtomicLong memory = new AtomicLong();
      ContentReader reader = new ContentReader(memory, 1 << 20, _ -> true, 0);
      boolean ended = false;
      int left = 0;
      for (int at = 0; at < octets.length && !ended; at += piece) {
        var some = Unpooled.wrappedBuffer(octets, at, Math.min(piece, octets.length - at));
        ended = reader.read(some);
        left = octets.length - at - Math.min(piece, octets.length - at) + some.readableBytes();
      }
      assertThat(ended).isEqualTo(end >= 0);
      assertThat(octets.length - left).isEqualTo(used);
      if (ended) {
        String content = text.substring(2, end + 2);
        boolean sound = content.matches("(?s)([^\\r\\n]*+\\r\\n)*+");
        assertThat(reader.fault()).isEqualTo(Fault.NONE);
        assertThat(reader.loneLineEnds()).isNotEqualTo(sound);
        assertThat(new String(reader.body().toByteArray(), StandardCharsets.ISO_8859_1))
            .isEqualTo(content);
      }
      reader.release();
      assertThat(memory.get()).isZero();
    }
  }
}
