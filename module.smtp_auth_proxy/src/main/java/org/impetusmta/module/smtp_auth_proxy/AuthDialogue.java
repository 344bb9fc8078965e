package org.impetusmta.module.smtp_auth_proxy;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.module.smtp_auth_proxy.SmtpReplies.SmtpReply;

/**
 * Asks one SMTP server whether a password is right: EHLO, STARTTLS where it is offered, EHLO, AUTH
 * PLAIN or LOGIN (RFC 4954), QUIT. Nothing of user or password is said before the server has
 * offered to hear it. Blocks, no longer than its time; single.
 */
final class AuthDialogue implements AutoCloseable {
  /** Octets of a command line (RFC 5321 section 4.5.3.1.4). */
  private static final int LONGEST_COMMAND = 512;

  private final String host;
  private final ProxyTls tls;
  private final long deadlineNanos;
  private Socket socket;
  private SmtpReplies replies;
  private boolean secured;

  /**
   * Connects and reads the greeting.
   *
   * @param time for all of it together
   */
  AuthDialogue(String host, int port, Duration time, ProxyTls tls) throws IOException {
    this.host = host;
    this.tls = tls;
    this.deadlineNanos = System.nanoTime() + time.toNanos();
    this.socket = connect(host, port, deadlineNanos);
    this.replies = new SmtpReplies(socket, deadlineNanos);
  }

  private static Socket connect(String host, int port, long deadlineNanos) throws IOException {
    IOException last = new UnknownHostException("it has no address");
    for (InetAddress address : InetAddress.getAllByName(host)) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(address, port), SmtpReplies.left(deadlineNanos));
        return socket;
      } catch (IOException e) {
        socket.close();
        last = e;
      }
    }
    throw last;
  }

  /**
   * Whether the server lets the user in.
   *
   * @throws AuthException where it says neither yes nor no
   */
  boolean accepts(String user, String password) throws IOException, AuthException {
    expect(replies.read(), 220, "greets");
    Set<String> mechanisms = mechanisms(hello());
    byte[] plain = ("\0" + user + "\0" + password).getBytes(StandardCharsets.UTF_8);
    SmtpReply reply;
    if (mechanisms.contains("PLAIN")) {
      reply = plain(base64(plain));
    } else if (mechanisms.contains("LOGIN")) {
      reply = login(user, password);
    } else {
      throw new AuthException("it offers neither AUTH PLAIN nor AUTH LOGIN");
    }
    if (reply.code() == 334) {
      say("*");
      replies.read();
      throw new AuthException("it asks for more than a user and a password");
    }
    boolean accepted = judged(reply.code());
    say("QUIT");
    return accepted;
  }

  /**
   * RFC 4954 section 6. What is said of commands, mechanisms and encryption says nothing of a
   * password.
   */
  private static boolean judged(int code) throws AuthException {
    return switch (code) {
      case 235 -> true;
      case 500, 501, 502, 503, 504, 521, 530, 534, 538 ->
          throw new AuthException("it answers AUTH with " + code);
      default -> {
        if (code / 100 == 5) {
          yield false;
        }
        throw new AuthException("it answers AUTH with " + code);
      }
    };
  }

  private List<String> hello() throws IOException, AuthException {
    List<String> offered = ehlo();
    boolean starttls = offered.stream().anyMatch(line -> line.strip().equalsIgnoreCase("STARTTLS"));
    if (!starttls || tls.mode() == ProxyTls.Mode.FALSE) {
      if (tls.mode() == ProxyTls.Mode.REQUIRED) {
        throw new AuthException("it does not offer STARTTLS, which tls = required wants");
      }
      return offered;
    }
    say("STARTTLS");
    expect(replies.read(), 220, "answers STARTTLS");
    if (replies.ahead()) {
      throw new AuthException("it sent something between STARTTLS and TLS");
    }
    secure();
    return ehlo();
  }

  private List<String> ehlo() throws IOException, AuthException {
    InetAddress own = socket.getLocalAddress();
    String literal = own.getHostAddress();
    int scope = literal.indexOf('%');
    literal = scope < 0 ? literal : literal.substring(0, scope);
    say("EHLO [" + (own instanceof Inet6Address ? "IPv6:" : "") + literal + "]");
    SmtpReply reply = replies.read();
    expect(reply, 250, "answers EHLO");
    return reply.lines().subList(1, reply.lines().size());
  }

  private void secure() throws IOException {
    SSLSocket secure =
        (SSLSocket) tls.context().getSocketFactory().createSocket(socket, host, -1, true);
    socket = secure;
    if (tls.verify()) {
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
    }
    secure.setSoTimeout(SmtpReplies.left(deadlineNanos));
    secure.startHandshake();
    replies = new SmtpReplies(secure, deadlineNanos);
    secured = true;
  }

  /** Whether the password went through TLS. */
  boolean secured() {
    return secured;
  }

  private static Set<String> mechanisms(List<String> offered) {
    Set<String> found = new HashSet<>();
    for (String line : offered) {
      // "AUTH=" is how servers offered it before RFC 2554
      String[] words = line.toUpperCase(Locale.ROOT).strip().split("[ =]+", -1);
      if (words[0].equals("AUTH")) {
        found.addAll(Arrays.asList(words).subList(1, words.length));
      }
    }
    return found;
  }

  private SmtpReply plain(String response) throws IOException {
    String whole = "AUTH PLAIN " + response;
    if (whole.length() + 2 <= LONGEST_COMMAND) {
      say(whole);
      return replies.read();
    }
    say("AUTH PLAIN");
    return answered(replies.read(), response);
  }

  private SmtpReply login(String user, String password) throws IOException {
    say("AUTH LOGIN");
    SmtpReply reply = answered(replies.read(), base64(user.getBytes(StandardCharsets.UTF_8)));
    return answered(reply, base64(password.getBytes(StandardCharsets.UTF_8)));
  }

  /** A server that does not ask gets nothing. */
  private SmtpReply answered(SmtpReply question, String response) throws IOException {
    if (question.code() != 334) {
      return question;
    }
    say(response);
    return replies.read();
  }

  private static String base64(byte[] octets) {
    return Base64.getEncoder().encodeToString(octets);
  }

  private static void expect(SmtpReply reply, int code, String what) throws AuthException {
    if (reply.code() != code) {
      throw new AuthException("it " + what + " with " + reply.code());
    }
  }

  private void say(String line) throws IOException {
    socket.getOutputStream().write(SmtpReplies.octets(line));
    socket.getOutputStream().flush();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
