package org.impetusmta.testkit.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A dialogue between SMTP clients and a server, {@code NAME.smtp}:
 *
 * <pre>
 * # a comment
 * &#64;config max_message_size = 1000     the configuration; before everything else
 * &#64;words                             a directive to the server, such as &#64;reload
 * c -&gt; MAIL FROM:&lt;a@example.com&gt;    client c sends a line; CRLF is added
 * c =&gt; "abc\n.\r\n" "x"*3000          client c sends octets: \r \n \t \\ \" \xHH, repeated
 * c 25x -&gt; NOOP                       the same line, 25 times in one write
 * c &lt;~ 250 .*                         the server's next line matches this expression
 * c 25x &lt;~ 250 .*                     its next 25 lines do
 * c &lt;eof                              the server closes the connection
 * c close                             client c closes its end
 * c tls cert=NAME sni=HOST shows=NAME client c begins TLS, whatever it likes of: the certificate that
 *                                     it shows, the name that it asks for, the common name that the
 *                                     server must show, protocol=TLSv1.2, cipher=NAME
 * c notls cert=NAME                   it tries, and cannot
 * </pre>
 *
 * Any word can name a client; it connects when it is first mentioned. Consecutive lines that a
 * client sends leave in one write, which is what pipelining is. What came of it, mail and log, must
 * equal {@code NAME.expect} beside it, where ids, dates and ports are written {@code <id>}, {@code
 * <date>}, {@code <port>}. With {@code -Dtranscripts.update=true} that file is written.
 *
 * <p>Single.
 */
public final class SmtpTranscript {
  private static final int PATIENCE_MILLIS = 15_000;
  private static final Pattern STEP =
      Pattern.compile(
          "(?<client>\\w+) (?:(?<times>\\d+)x )?(?<op>->|=>|<~|<eof|close|tls|notls)(?:"
              + " (?<text>.*))?");
  private static final Pattern OCTETS =
      Pattern.compile("\\s*\"(?<text>(?:[^\"\\\\]|\\\\.)*)\"(?:\\*(?<times>\\d+))?");
  private static final Pattern ID = Pattern.compile("[0-9A-F]{2}/[0-9A-F]{2}-\\d{5}-[0-9A-F]{8}");
  private static final Pattern DATE =
      Pattern.compile("\\w{3}, \\d{2} \\w{3} \\d{4} \\d{2}:\\d{2}:\\d{2} [+-]\\d{4}");
  private static final Pattern PORT = Pattern.compile("127\\.0\\.0\\.1:\\d+");

  private final Path file;
  private final List<String> lines;

  private SmtpTranscript(Path file) throws IOException {
    this.file = file;
    this.lines = Files.readAllLines(file);
  }

  public static SmtpTranscript read(Path file) throws IOException {
    return new SmtpTranscript(file);
  }

  /** Plays it; an AssertionError names the line that differs. */
  public void play(TranscriptServer.Factory factory) throws Exception {
    List<String> config =
        lines.stream()
            .filter(line -> line.startsWith("@config "))
            .map(line -> line.substring("@config ".length()).strip())
            .toList();
    List<String> results;
    try (TranscriptServer server = factory.start(config)) {
      Map<String, Client> clients = new HashMap<>();
      try {
        for (int i = 0; i < lines.size(); i++) {
          play(server, clients, i);
        }
        for (Client client : clients.values()) {
          client.flush();
        }
      } finally {
        for (Client client : clients.values()) {
          client.close();
        }
      }
      results = server.results().stream().map(SmtpTranscript::timeless).toList();
    }
    Path expected = Path.of(file.toString().replaceFirst("\\.smtp$", ".expect"));
    if (Boolean.getBoolean("transcripts.update")) {
      Files.write(expected, results);
    }
    assertThat(String.join("\n", results))
        .as("what came of %s", file.getFileName())
        .isEqualTo(Files.exists(expected) ? String.join("\n", Files.readAllLines(expected)) : "");
  }

  private static String timeless(String line) {
    String text = ID.matcher(line).replaceAll("<id>");
    text = DATE.matcher(text).replaceAll("<date>");
    return PORT.matcher(text).replaceAll("127.0.0.1:<port>");
  }

  private void play(TranscriptServer server, Map<String, Client> clients, int index)
      throws Exception {
    String line = lines.get(index);
    String where = file.getFileName() + ":" + (index + 1) + ": " + line;
    if (line.isBlank() || line.startsWith("#") || line.startsWith("@config ")) {
      return;
    }
    if (line.startsWith("@")) {
      for (Client client : clients.values()) {
        client.flush();
      }
      server.directive(line.substring(1).strip());
      return;
    }
    Matcher step = STEP.matcher(line);
    assertThat(step.matches()).as("%s is a step", where).isTrue();
    String name = step.group("client");
    Client client = clients.get(name);
    if (client == null) {
      client = new Client(server.address());
      clients.put(name, client);
    }
    String text = step.group("text") == null ? "" : step.group("text");
    int times = step.group("times") == null ? 1 : Integer.parseInt(step.group("times"));
    switch (step.group("op")) {
      case "->" -> client.send((text + "\r\n").repeat(times).getBytes(StandardCharsets.UTF_8));
      case "=>" -> {
        for (int i = 0; i < times; i++) {
          client.send(octets(text, where));
        }
      }
      case "<~" -> {
        for (int i = 0; i < times; i++) {
          assertThat(client.line(where)).as(where).matches(Pattern.compile(text));
        }
      }
      case "<eof" -> client.end(where);
      case "tls" -> client.tls(server, text, where);
      case "notls" -> client.noTls(server, text, where);
      default -> {
        client.close();
        clients.remove(name);
      }
    }
  }

  private static byte[] octets(String text, String where) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Matcher part = OCTETS.matcher(text);
    int at = 0;
    while (at < text.length()) {
      assertThat(part.find(at) && part.start() == at).as("%s: quoted octets", where).isTrue();
      ByteArrayOutputStream one = new ByteArrayOutputStream();
      unescape(part.group("text"), one);
      int times = part.group("times") == null ? 1 : Integer.parseInt(part.group("times"));
      for (int i = 0; i < times; i++) {
        out.writeBytes(one.toByteArray());
      }
      at = part.end();
    }
    return out.toByteArray();
  }

  private static void unescape(String text, ByteArrayOutputStream out) {
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i++);
      if (c != '\\') {
        out.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
        continue;
      }
      char escaped = text.charAt(i++);
      switch (escaped) {
        case 'r' -> out.write('\r');
        case 'n' -> out.write('\n');
        case 't' -> out.write('\t');
        case 'x' -> {
          out.write(Integer.parseInt(text.substring(i, i + 2), 16));
          i += 2;
        }
        default -> out.write(escaped);
      }
    }
  }

  /** One connection. */
  private static final class Client {
    private Socket socket = new Socket();
    private InputStream in;
    private final List<byte[]> unsent = new ArrayList<>();

    Client(InetSocketAddress address) throws IOException {
      socket.connect(address, PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream());
    }

    void send(byte[] octets) {
      unsent.add(octets);
    }

    void flush() throws IOException {
      if (unsent.isEmpty()) {
        return;
      }
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      unsent.forEach(all::writeBytes);
      unsent.clear();
      try {
        socket.getOutputStream().write(all.toByteArray());
      } catch (SocketException closed) {
        // the server hung up on us; what it said before is still to be read
        assertThat(socket.isClosed()).isFalse();
      }
    }

    /** Wraps the connection; a handshake that the server refuses late is refused here too. */
    void tls(TranscriptServer server, String words, String where) throws Exception {
      flush();
      Map<String, String> wanted = new HashMap<>();
      for (String word : words.isEmpty() ? new String[0] : words.split(" ", -1)) {
        wanted.put(word.split("=", 2)[0], word.split("=", 2)[1]);
      }
      SSLSocket secure =
          (SSLSocket)
              server
                  .clientTls(wanted.getOrDefault("cert", ""))
                  .getSocketFactory()
                  .createSocket(socket, "localhost", socket.getPort(), true);
      SSLParameters parameters = secure.getSSLParameters();
      if (wanted.containsKey("sni")) {
        parameters.setServerNames(List.of(new SNIHostName(wanted.get("sni"))));
      }
      if (wanted.containsKey("protocol")) {
        parameters.setProtocols(new String[] {wanted.get("protocol")});
      }
      if (wanted.containsKey("cipher")) {
        parameters.setCipherSuites(new String[] {wanted.get("cipher")});
      }
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      if (wanted.containsKey("shows")) {
        assertThat(secure.getSession().getPeerPrincipal().getName())
            .as(where)
            .contains("CN=" + wanted.get("shows"));
      }
      socket = secure;
      in = new BufferedInputStream(secure.getInputStream());
    }

    void noTls(TranscriptServer server, String words, String where) {
      assertThatThrownBy(() -> tls(server, words, where)).as(where).isInstanceOf(IOException.class);
    }

    String line(String where) throws IOException {
      flush();
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      int octet = in.read();
      while (octet != '\n' && octet != -1) {
        line.write(octet);
        octet = in.read();
      }
      String text = line.toString(StandardCharsets.ISO_8859_1);
      assertThat(octet).as("%s: the connection ended after '%s'", where, text).isNotEqualTo(-1);
      assertThat(text).as("%s: ended by CR LF", where).endsWith("\r");
      return text.substring(0, text.length() - 1);
    }

    void end(String where) throws IOException {
      flush();
      try {
        int octet = in.read();
        if (octet != -1) {
          assertThat((char) octet + line(where)).as("%s: the connection ends", where).isEmpty();
        }
      } catch (SocketException reset) {
        assertThat(reset).as(where).hasMessageContaining("reset");
      }
    }

    void close() throws IOException {
      if (!socket.isClosed()) {
        flush();
      }
      socket.close();
    }
  }
}
