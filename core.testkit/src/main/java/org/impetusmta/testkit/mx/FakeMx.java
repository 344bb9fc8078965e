package org.impetusmta.testkit.mx;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.impetusmta.api.message.Body;
import org.jspecify.annotations.Nullable;

/**
 * An SMTP server on loopback that does what a test tells it, and otherwise what RFC 5321 says. It
 * keeps every mail byte for byte, every command, and the number of its connections.
 *
 * <pre>
 * try (FakeMx mx = FakeMx.offering("PIPELINING").on(At.RCPT, say("550 5.1.1 who?")).start()) …
 * </pre>
 *
 * <p>{@link #on} says what happens at a point of the dialogue: the first action the first time, the
 * second the second time; when they are used up, what a server does by itself. The count runs over
 * all connections. {@link #always} is for every time.
 *
 * <p>LHLO makes it an LMTP server: DOT comes once for each recipient. AUTH comes for the command
 * and for each response behind a 334. The chunk of {@code BDAT n LAST} is kept in wire form.
 *
 * <p>One virtual thread per connection. What it recorded may be read by any thread; its script is
 * fixed once it is started.
 */
public final class FakeMx implements AutoCloseable {
  /** Points of the dialogue; BODY is after the first octets of mail data, DOT after its end. */
  public enum At {
    BANNER,
    EHLO,
    HELO,
    XCLIENT,
    AUTH,
    MAIL,
    RCPT,
    DATA,
    BODY,
    DOT,
    RSET,
    QUIT,
    STARTTLS,
    /** When the client has begun its handshake. */
    HANDSHAKE
  }

  /** What it does at a point. */
  public sealed interface Action {
    /** Sends octets as they are and takes the code in front for its own decision. */
    record Send(String octets) implements Action {}

    /** Sends octets one by one, each in a packet of its own. */
    record Trickle(String octets) implements Action {}

    /** Waits, then goes on. */
    record Delay(Duration time, Action then) implements Action {}

    /** Sends octets, then hangs up. */
    record Leave(String octets) implements Action {}

    /** Resets the connection. */
    record Reset() implements Action {}

    /** Neither answers nor reads until the test ends or the client hangs up. */
    record Stall() implements Action {}

    /** What a server does by itself. */
    record Proceed() implements Action {}
  }

  /** A mail that was accepted. {@code body} is in wire form, without the final dot. */
  public record Mail(String mailFrom, List<String> rcptTo, Body body) {
    /** The body, each octet as a character. */
    public String text() {
      return new String(body.toByteArray(), ISO_8859_1);
    }
  }

  /** A handshake that it took part in. */
  public record Handshake(
      String protocol, String suite, String serverName, String clientName, String sessionId) {}

  private final String[] extensions;
  private final List<Handshake> handshakes = new CopyOnWriteArrayList<>();
  private @Nullable SSLContext tls;
  private Consumer<SSLSocket> tlsSettings = socket -> {};
  private final Map<At, List<Action>> script = new EnumMap<>(At.class);
  private final Map<At, Action> rules = new EnumMap<>(At.class);
  private final Map<At, AtomicInteger> times = new ConcurrentHashMap<>();
  private final List<Mail> received = new CopyOnWriteArrayList<>();
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private final List<String> defects = new CopyOnWriteArrayList<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger pipelined = new AtomicInteger();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final List<InetAddress> clients = new CopyOnWriteArrayList<>();
  private final ServerSocket server;

  private FakeMx(String[] extensions) {
    this.extensions = extensions;
    try {
      server = new ServerSocket();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A server that offers these extensions: {@code "PIPELINING", "SIZE 1000"}. */
  public static FakeMx offering(String... extensions) {
    return new FakeMx(extensions.clone());
  }

  /** Sends reply lines; CRLF is added to each. */
  public static Action say(String... lines) {
    return new Action.Send(lines(lines));
  }

  /** Sends octets that need not be a reply. */
  public static Action raw(String octets) {
    return new Action.Send(octets);
  }

  /** Sends reply lines octet by octet. */
  public static Action trickle(String... lines) {
    return new Action.Trickle(lines(lines));
  }

  /** Waits, then does something. */
  public static Action delay(Duration time, Action then) {
    return new Action.Delay(time, then);
  }

  /** Sends reply lines, if any, and hangs up. */
  public static Action leave(String... lines) {
    return new Action.Leave(lines(lines));
  }

  public static Action reset() {
    return new Action.Reset();
  }

  public static Action stall() {
    return new Action.Stall();
  }

  public static Action proceed() {
    return new Action.Proceed();
  }

  /** What happens at {@code point}, one action after the other. */
  public FakeMx on(At point, Action... actions) {
    script.put(point, List.of(actions));
    return this;
  }

  /** What happens at {@code point} every time. */
  public FakeMx always(At point, Action action) {
    rules.put(point, action);
    return this;
  }

  /** Offers STARTTLS and serves it. Before {@link #start} only. */
  public FakeMx tls(SSLContext context) {
    tls = context;
    return this;
  }

  /** What it does to the socket of a handshake beforehand. Before {@link #start} only. */
  public FakeMx tlsSettings(Consumer<SSLSocket> settings) {
    tlsSettings = settings;
    return this;
  }

  /** The handshakes that succeeded, in order. */
  public List<Handshake> handshakes() {
    return List.copyOf(handshakes);
  }

  /** Begins to listen on a port of loopback that the system chooses. */
  public FakeMx start() {
    try {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("fake-mx").start(this::accept);
    return this;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  /** The mail that it took responsibility for, in order. */
  public List<Mail> received() {
    return List.copyOf(received);
  }

  /** Every command line, in order, without CRLF. */
  public List<String> commands() {
    return List.copyOf(commands);
  }

  /**
   * Where a client broke the protocol: commands that it may not pipeline, resets, overlong lines.
   */
  public List<String> defects() {
    return List.copyOf(defects);
  }

  /** Where connections came from, in order. */
  public List<InetAddress> clients() {
    return List.copyOf(clients);
  }

  /** How many connections there were. */
  public int connections() {
    return connections.get();
  }

  /** How many commands had another one behind them when they were answered. */
  public int pipelined() {
    return pipelined.get();
  }

  /** Says a line on every connection, whatever their dialogues have come to. */
  public void interject(String line) {
    try {
      for (Socket socket : sockets) {
        socket.getOutputStream().write(lines(line).getBytes(ISO_8859_1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stopped.countDown();
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        connections.incrementAndGet();
        clients.add(socket.getInetAddress());
        Thread.ofVirtual().name("fake-mx-" + connections).start(() -> serve(socket));
      } catch (IOException e) {
        if (!server.isClosed()) {
          defects.add("accept: " + e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      new Dialogue(socket).run();
    } catch (SocketException e) {
      if (!socket.isClosed() && stopped.getCount() > 0) {
        defects.add("the client reset the connection: " + e.getMessage());
      }
    } catch (IOException e) {
      defects.add("dialogue: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(socket);
    }
  }

  private Action actionAt(At point) {
    int time = times.computeIfAbsent(point, p -> new AtomicInteger()).getAndIncrement();
    List<Action> actions = script.getOrDefault(point, List.of());
    return time < actions.size()
        ? actions.get(time)
        : rules.getOrDefault(point, new Action.Proceed());
  }

  private static String lines(String... lines) {
    return lines.length == 0 ? "" : String.join("\r\n", lines) + "\r\n";
  }

  /** One connection. Single thread. */
  private final class Dialogue {
    private static final int LONGEST_LINE = 4096;

    private Socket socket;
    private BufferedInputStream in;
    private OutputStream out;
    private boolean secure;
    private boolean extended;
    private boolean lmtp;
    private boolean authenticating;
    private String mailFrom = "";
    private List<String> rcptTo = List.of();
    private boolean open = true;

    Dialogue(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
      this.out = socket.getOutputStream();
    }

    void run() throws IOException, InterruptedException {
      perform(At.BANNER, "220 fake.mx ESMTP");
      while (open) {
        String line = readLine();
        if (line.isEmpty() && !open) {
          return;
        }
        commands.add(line);
        command(line);
      }
    }

    private void command(String line) throws IOException, InterruptedException {
      String verb = line.substring(0, Math.min(4, line.length())).toUpperCase(Locale.ROOT);
      boolean more = in.available() > 0 && !verb.equals("BDAT"); // its chunk is no command
      if (more) {
        pipelined.incrementAndGet();
        if (!extended || !Set.of("RSET", "MAIL", "RCPT").contains(verb)) {
          defects.add("pipelined behind " + line);
        }
      }
      if (authenticating) {
        authenticating = perform(At.AUTH, "235 2.7.0 Ok") == 334;
        return;
      }
      switch (verb) {
        case "AUTH" -> authenticating = perform(At.AUTH, "235 2.7.0 Ok") == 334;
        case "XCLI" -> perform(At.XCLIENT, "220 fake.mx ESMTP");
        case "BDAT" -> chunk(Integer.parseInt(line.split(" ", -1)[1]));
        case "EHLO", "LHLO" -> {
          lmtp = verb.equals("LHLO");
          if (positive(perform(At.EHLO, hello()))) {
            extended = List.of(extensions).contains("PIPELINING");
          }
        }
        case "HELO" -> perform(At.HELO, "250 fake.mx");
        case "MAIL" -> {
          boolean nested = !mailFrom.isEmpty();
          if (positive(perform(At.MAIL, nested ? "503 5.5.1 nested MAIL" : "250 2.1.0 Ok"))) {
            mailFrom = line.substring("MAIL FROM:".length());
            rcptTo = List.of();
          }
        }
        case "RCPT" -> {
          boolean early = mailFrom.isEmpty();
          if (positive(perform(At.RCPT, early ? "503 5.5.1 need MAIL" : "250 2.1.5 Ok"))) {
            rcptTo =
                java.util.stream.Stream.concat(
                        rcptTo.stream(), java.util.stream.Stream.of(line.substring(8)))
                    .toList();
          }
        }
        case "DATA" -> {
          String none = mailFrom.isEmpty() ? "503 5.5.1 need MAIL" : "554 5.5.1 no recipients";
          if (perform(At.DATA, rcptTo.isEmpty() ? none : "354 go on") == 354) {
            body();
          }
        }
        case "RSET" -> {
          forget();
          perform(At.RSET, "250 2.0.0 Ok");
        }
        case "QUIT" -> {
          perform(At.QUIT, "221 2.0.0 Bye");
          open = false;
        }
        case "STAR" -> {
          boolean offered = tls != null && !secure;
          if (perform(At.STARTTLS, offered ? "220 2.0.0 go on" : "502 5.5.1 no") == 220) {
            handshake();
          }
        }
        default -> send("500 5.5.2 what?\r\n");
      }
    }

    private void handshake() throws IOException, InterruptedException {
      SSLContext context = tls;
      Action action = actionAt(At.HANDSHAKE);
      if (!(action instanceof Action.Proceed)) {
        in.read(); // the client has begun
        act(action, "");
        in.transferTo(OutputStream.nullOutputStream());
        open = false;
        return;
      }
      if (context == null) {
        throw new IOException("no TLS context");
      }
      SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(socket, in, true);
      secured.setUseClientMode(false);
      tlsSettings.accept(secured);
      try {
        secured.startHandshake();
      } catch (SSLException e) {
        open = false; // the client did not like it
        return;
      }
      SSLSession session = secured.getSession();
      handshakes.add(
          new Handshake(
              session.getProtocol(),
              session.getCipherSuite(),
              session instanceof ExtendedSSLSession extended
                  ? extended.getRequestedServerNames().stream()
                      .map(name -> new String(name.getEncoded(), ISO_8859_1))
                      .findFirst()
                      .orElse("")
                  : "",
              clientName(session),
              HexFormat.of().formatHex(session.getId())));
      socket = secured;
      in = new BufferedInputStream(secured.getInputStream(), 64 * 1024);
      out = secured.getOutputStream();
      secure = true;
      extended = false;
      forget();
    }

    private static String clientName(SSLSession session) {
      try {
        return session.getPeerPrincipal().getName();
      } catch (SSLPeerUnverifiedException _) {
        return "";
      }
    }

    private String hello() {
      StringBuilder lines = new StringBuilder();
      String line = "fake.mx";
      List<String> offered = new ArrayList<>(List.of(extensions));
      if (tls != null && !secure) {
        offered.add("STARTTLS");
      }
      for (String extension : offered) {
        lines.append("250-").append(line).append("\r\n");
        line = extension;
      }
      return lines.append("250 ").append(line).toString();
    }

    private void body() throws IOException, InterruptedException {
      ByteArrayOutputStream octets = new ByteArrayOutputStream();
      // what ends mail data: CRLF . CRLF; the CRLF of the DATA line counts for the first
      int matched = 2;
      byte[] end = {'\r', '\n', '.', '\r', '\n'};
      boolean first = true;
      while (matched < end.length) {
        int octet = in.read();
        if (octet < 0) {
          open = false;
          return;
        }
        octets.write(octet);
        matched = octet == end[matched] ? matched + 1 : octet == '\r' ? 1 : 0;
        if (first) {
          first = false;
          int code = perform(At.BODY, "");
          if (!open || code >= 400) {
            // says no and reads on until the client goes
            in.transferTo(OutputStream.nullOutputStream());
            open = false;
            return;
          }
        }
      }
      byte[] all = octets.toByteArray();
      received(Body.of(new byte[][] {all}, new int[] {all.length - 3}));
    }

    /** BDAT with LAST: the octets are not stuffed with dots. */
    private void chunk(int size) throws IOException, InterruptedException {
      byte[] octets = in.readNBytes(size);
      if (octets.length < size) {
        open = false;
        return;
      }
      String text = ("\n" + new String(octets, ISO_8859_1)).replace("\n.", "\n..").substring(1);
      received(Body.of(text.getBytes(ISO_8859_1)));
    }

    private void received(Body body) throws IOException, InterruptedException {
      String sender = mailFrom;
      List<String> recipients = rcptTo;
      forget();
      if (lmtp) {
        for (String recipient : recipients) {
          confirm(sender, List.of(recipient), body);
        }
      } else {
        confirm(sender, recipients, body);
      }
    }

    private void confirm(String sender, List<String> recipients, Body body)
        throws IOException, InterruptedException {
      Action action = actionAt(At.DOT);
      if (!(action instanceof Action.Reset || action instanceof Action.Stall)) {
        String reply = recipients.isEmpty() ? "554 5.5.1 no recipients" : "250 2.0.0 Ok queued";
        if (codeOf(action, reply) / 100 == 2) {
          received.add(new Mail(sender, recipients, body));
        }
        act(action, reply);
      } else {
        act(action, "");
      }
    }

    private int codeOf(Action action, String reply) {
      return switch (action) {
        case Action.Send(String octets) -> code(octets);
        case Action.Trickle(String octets) -> code(octets);
        case Action.Leave(String octets) -> code(octets);
        case Action.Delay(Duration _, Action then) -> codeOf(then, reply);
        case Action.Reset() -> 0;
        case Action.Stall() -> 0;
        case Action.Proceed() -> code(reply);
      };
    }

    private void forget() {
      mailFrom = "";
      rcptTo = List.of();
    }

    private int perform(At point, String reply) throws IOException, InterruptedException {
      return act(actionAt(point), reply);
    }

    /** Does it and answers the code that was said. */
    private int act(Action action, String reply) throws IOException, InterruptedException {
      switch (action) {
        case Action.Send(String octets) -> send(octets);
        case Action.Trickle(String octets) -> {
          for (int i = 0; i < octets.length(); i++) {
            send(octets.substring(i, i + 1));
          }
        }
        case Action.Delay(Duration time, Action then) -> {
          if (stopped.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
            open = false;
            return 0;
          }
          return act(then, reply);
        }
        case Action.Leave(String octets) -> {
          send(octets);
          open = false;
          socket.shutdownOutput();
          in.transferTo(OutputStream.nullOutputStream());
        }
        case Action.Reset() -> {
          open = false;
          socket.setSoLinger(true, 0);
          socket.close();
        }
        case Action.Stall() -> {
          stopped.await();
          open = false;
        }
        case Action.Proceed() -> {
          if (!reply.isEmpty()) {
            send(reply + "\r\n");
          }
        }
      }
      return codeOf(action, reply);
    }

    private void send(String octets) throws IOException {
      out.write(octets.getBytes(ISO_8859_1));
      out.flush();
    }

    private static boolean positive(int code) {
      return code / 100 == 2;
    }

    private static int code(String octets) {
      int code = 0;
      for (int i = 0; i < 3 && i < octets.length() && Character.isDigit(octets.charAt(i)); i++) {
        code = code * 10 + octets.charAt(i) - '0';
      }
      return code;
    }

    /** The next command without its CRLF; closes the dialogue at the end of the stream. */
    private String readLine() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      int before = 0;
      while (true) {
        int octet = in.read();
        if (octet < 0) {
          if (line.size() > 0) {
            defects.add("half a command: " + line.toString(ISO_8859_1));
          }
          open = false;
          return "";
        }
        if (octet == '\n' && before == '\r') {
          String text = line.toString(ISO_8859_1);
          return text.substring(0, text.length() - 1);
        }
        line.write(octet);
        before = octet;
        if (line.size() > LONGEST_LINE) {
          throw new IOException("command too long");
        }
      }
    }
  }
}
