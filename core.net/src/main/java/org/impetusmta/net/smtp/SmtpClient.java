package org.impetusmta.net.smtp;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of one SMTP dialogue, command by command (RFC 5321), for modules that ask
 * another server something and send no mail. Blocks, so it is used in a thread pool. All of the
 * dialogue has to be over by one deadline, however slowly the server speaks; replies are bounded:
 * {@value #LONGEST_LINE} octets a line, {@value #MOST_LINES} lines.
 *
 * <p>Thread-safety: single. A dialogue that an IOException ended is closed and nothing more.
 */
public final class SmtpClient implements AutoCloseable {
  /** Octets of a reply line with its CR LF; RFC 5321 section 4.5.3.1.5 asks for 512. */
  static final int LONGEST_LINE = 4096;

  /** Lines of a reply. */
  static final int MOST_LINES = 128;

  private static final int LONGEST_COMMAND = 12_288 + 64;

  private final InetSocketAddress address;
  private final long deadline;
  private Socket socket;
  private InputStream in;
  private OutputStream out;
  private final byte[] buffer = new byte[1024];
  private int at;
  private int end;
  private Map<String, String> extensions = Map.of();
  private final Reply banner;

  private SmtpClient(InetSocketAddress address, Optional<InetAddress> source, Duration limit)
      throws IOException {
    this.address = address;
    this.deadline = System.nanoTime() + Math.min(limit.toNanos(), TimeUnit.DAYS.toNanos(1));
    this.socket = new Timed();
    try {
      if (source.isPresent()) {
        socket.bind(new InetSocketAddress(source.get(), 0));
      }
      socket.setTcpNoDelay(true);
      socket.connect(address, left());
      in = socket.getInputStream();
      out = socket.getOutputStream();
      banner = reply();
    } catch (IOException | RuntimeException failure) {
      close();
      throw failure;
    }
  }

  /**
   * Connects and waits for the banner.
   *
   * @param address resolved
   * @param source the address to connect from; empty: any
   * @param limit for the whole dialogue
   * @throws IOException where nobody answers in time, or not as SMTP does
   */
  public static SmtpClient connect(
      InetSocketAddress address, Optional<InetAddress> source, Duration limit) throws IOException {
    return new SmtpClient(address, source, limit);
  }

  /** What the server greeted with. */
  public Reply banner() {
    return banner;
  }

  /** Says EHLO, and HELO where the server knows no EHLO; the reply to what was said last. */
  public Reply hello(String name) throws IOException {
    extensions = Map.of();
    Reply reply = command("EHLO " + name);
    if (reply.isPermanent()) {
      return command("HELO " + name);
    }
    if (reply.isPositive()) {
      Map<String, String> offered = new HashMap<>();
      List<String> lines = reply.text().lines().skip(1).toList();
      for (String line : lines) {
        String[] words = line.strip().split("[ =]", 2);
        offered.put(words[0].toUpperCase(Locale.ROOT), words.length > 1 ? words[1].strip() : "");
      }
      extensions = offered;
    }
    return reply;
  }

  /** Whether the server offers an extension, {@code STARTTLS}. */
  public boolean offers(String keyword) {
    return extensions.containsKey(keyword);
  }

  /** What follows the keyword of an extension; empty where it is not offered. */
  public String parameters(String keyword) {
    return extensions.getOrDefault(keyword, "");
  }

  /**
   * Says STARTTLS and, where the server agrees, goes on in TLS; extensions are forgotten (RFC 3207
   * section 4.2).
   *
   * @param host the name that the certificate has to be for; empty: any certificate that {@code
   *     factory} takes
   */
  public Reply startTls(SSLSocketFactory factory, Optional<String> host) throws IOException {
    Reply reply = command("STARTTLS");
    if (reply.isPositive()) {
      if (at < end) {
        throw new IOException("the server spoke in clear text behind its reply to STARTTLS");
      }
      secure(factory, host);
    }
    return reply;
  }

  private void secure(SSLSocketFactory factory, Optional<String> host) throws IOException {
    extensions = Map.of();
    String name = host.orElseGet(() -> address.getHostString());
    SSLSocket secure = (SSLSocket) factory.createSocket(socket, name, address.getPort(), true);
    if (host.isPresent()) {
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
    }
    socket = secure;
    secure.startHandshake();
    in = secure.getInputStream();
    out = secure.getOutputStream();
  }

  /**
   * Says a command line and waits for the reply; lines of a reply are separated by LF.
   *
   * @param line without CR LF; UTF-8
   * @throws IllegalArgumentException where it is none: nothing that a client sent can end it early
   */
  public Reply command(String line) throws IOException {
    byte[] octets = (line + "\r\n").getBytes(StandardCharsets.UTF_8);
    if (line.chars().anyMatch(c -> c < ' ' || c == 0x7f) || octets.length > LONGEST_COMMAND) {
      throw new IllegalArgumentException("no command line");
    }
    left();
    out.write(octets);
    out.flush();
    return reply();
  }

  /** Says QUIT without caring for the answer, and closes. */
  public void quit() {
    try (this) {
      out.write("QUIT\r\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
    } catch (IOException gone) {
      // it is over either way
      extensions = Map.of();
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException gone) {
      extensions = Map.of();
    }
  }

  /** Reads a whole reply. */
  private Reply reply() throws IOException {
    StringBuilder text = new StringBuilder();
    @Nullable String code = null;
    for (int lines = 0; lines < MOST_LINES; lines++) {
      String line = line();
      boolean wellFormed =
          line.length() >= 3
              && line.charAt(0) >= '2'
              && line.charAt(0) <= '5'
              && isDigit(line.charAt(1))
              && isDigit(line.charAt(2))
              && (line.length() == 3 || line.charAt(3) == ' ' || line.charAt(3) == '-');
      if (!wellFormed || (code != null && !line.startsWith(code))) {
        throw new IOException("no reply of an SMTP server");
      }
      code = line.substring(0, 3);
      text.append(lines == 0 ? "" : "\n").append(line.substring(Math.min(4, line.length())));
      if (line.length() == 3 || line.charAt(3) == ' ') {
        return Reply.parse(code + " " + text);
      }
    }
    throw new IOException("a reply of too many lines");
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(80);
    while (true) {
      if (at == end) {
        fill();
      }
      byte octet = buffer[at++];
      if (octet == '\n') {
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      }
      if (line.size() >= LONGEST_LINE) {
        throw new IOException("a reply line that is too long");
      }
      line.write(octet);
    }
  }

  private void fill() throws IOException {
    int count = in.read(buffer);
    if (count <= 0) {
      throw new EOFException("the server closed the connection");
    }
    at = 0;
    end = count;
  }

  /** Milliseconds that are left, one at least. */
  private int left() throws IOException {
    long nanos = deadline - System.nanoTime();
    if (nanos <= 0) {
      throw new SocketTimeoutException("the server takes too long");
    }
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos)));
  }

  /** Each of its reads, those of TLS among them, has until the deadline. */
  private final class Timed extends Socket {
    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read() throws IOException {
          setSoTimeout(left());
          return super.read();
        }

        @Override
        public int read(byte[] to, int from, int most) throws IOException {
          setSoTimeout(left());
          return super.read(to, from, most);
        }
      };
    }
  }
}
