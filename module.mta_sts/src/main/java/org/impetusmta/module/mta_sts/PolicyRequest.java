package org.impetusmta.module.mta_sts;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One request for a policy: HTTP/1.1 over TLS to an address that the core's resolver has found, the
 * certificate checked for the name. (The JDK's client finds addresses by itself, as the machine
 * does, and cannot be told others.) The answer ends with its length, its last chunk or the
 * connection (RFC 9112 section 6.3); more than {@value PolicyFetcher#MOST_OCTETS} octets are not
 * read. Single; {@link #cancel} may be called by any thread. Source: RFC 8461 section 3.3.
 */
final class PolicyRequest {
  private static final Pattern STATUS = Pattern.compile("HTTP/1[.][01] ([0-9]{3})( .*)?");
  private static final int LONGEST_LINE = 8_192;
  private static final int MOST_LINES = 100;

  private final String host;
  private final int port;
  private final SSLContext trust;
  private final int timeoutMillis;
  private volatile boolean cancelled;
  private volatile @Nullable Socket socket;

  /**
   * @param timeoutMillis how long one step takes at most; the whole ends with {@link #cancel}
   */
  PolicyRequest(String host, int port, SSLContext trust, int timeoutMillis) {
    this.host = host;
    this.port = port;
    this.trust = trust;
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * What was answered.
   *
   * @param refused why it is no policy; empty: the text is
   */
  record Answer(String text, String refused) {
    private static Answer refused(String why) {
      return new Answer("", why);
    }
  }

  /** What is said of the body before it. */
  private record Head(int status, String type, String length, boolean chunked) {}

  /** Asks the first of {@code addresses} that can be connected to. Blocks. */
  Answer run(List<InetAddress> addresses) throws IOException {
    try (Socket plain = connect(addresses);
        SSLSocket tls =
            (SSLSocket) trust.getSocketFactory().createSocket(plain, host, port, true)) {
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(host)));
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      String request =
          "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: "
              + host
              + (port == 443 ? "" : ":" + port)
              + "\r\nAccept: text/plain\r\nUser-Agent: Impetus\r\nConnection: close\r\n\r\n";
      tls.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      tls.getOutputStream().flush();
      return read(new BufferedInputStream(tls.getInputStream()));
    }
  }

  /** Ends it now; whoever waits for it gets an exception. Does not block. */
  void cancel() {
    cancelled = true;
    Socket open = socket;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // it is gone all the same
      }
    }
  }

  boolean cancelled() {
    return cancelled;
  }

  private Socket connect(List<InetAddress> addresses) throws IOException {
    IOException last = new IOException("the DNS has no address of " + host);
    for (InetAddress address : addresses) {
      Socket made = new Socket();
      socket = made;
      try {
        if (cancelled) {
          throw new SocketTimeoutException();
        }
        made.setSoTimeout(timeoutMillis);
        made.connect(new InetSocketAddress(address, port), timeoutMillis);
        return made;
      } catch (IOException e) {
        made.close();
        if (cancelled) {
          throw e;
        }
        last = e;
      }
    }
    throw last;
  }

  private static Answer read(InputStream in) throws IOException {
    Head head = head(in);
    for (int i = 0; head.status() / 100 == 1 && i < 5; i++) {
      head = head(in); // what came was only about the answer that follows
    }
    if (head.status() != 200) {
      return Answer.refused("status " + head.status());
    }
    if (!head.type().equals("text/plain")) {
      return Answer.refused("the media type is not text/plain");
    }
    byte[] body = head.chunked() ? chunks(in) : plain(in, head.length());
    return body.length > PolicyFetcher.MOST_OCTETS
        ? Answer.refused("more than " + PolicyFetcher.MOST_OCTETS + " octets")
        : new Answer(new String(body, StandardCharsets.UTF_8), "");
  }

  private static Head head(InputStream in) throws IOException {
    Matcher status = STATUS.matcher(line(in));
    if (!status.matches()) {
      throw new IOException("this is no answer of HTTP/1.1");
    }
    String type = "";
    String length = "";
    boolean chunked = false;
    for (int lines = 0; ; lines++) {
      String line = line(in);
      if (line.isEmpty()) {
        return new Head(Integer.parseInt(status.group(1)), type, length, chunked);
      }
      if (lines == MOST_LINES) {
        throw new IOException("the header of the answer is too long");
      }
      int colon = Math.max(0, line.indexOf(':'));
      String value = line.substring(Math.min(line.length(), colon + 1)).strip();
      switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
        case "content-type" -> type = value.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        case "content-length" -> length = value;
        case "transfer-encoding" -> {
          if (!value.equalsIgnoreCase("chunked")) {
            throw new IOException("the transfer encoding is not known");
          }
          chunked = true;
        }
        default -> {}
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the answer ends early");
      }
      if (line.length() == LONGEST_LINE) {
        throw new IOException("a line of the answer is too long");
      }
      line.append((char) c);
    }
    int end = line.length();
    return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
  }

  /** At most one octet more than may be. */
  private static byte[] plain(InputStream in, String length) throws IOException {
    int most = PolicyFetcher.MOST_OCTETS + 1;
    if (length.isEmpty()) {
      return in.readNBytes(most);
    }
    if (!length.matches("[0-9]{1,18}")) {
      throw new IOException("the length of the answer is not a number");
    }
    int announced = (int) Math.min(most, Long.parseLong(length));
    if (announced == most) {
      return new byte[most];
    }
    return whole(in, announced);
  }

  private static byte[] whole(InputStream in, int octets) throws IOException {
    byte[] read = in.readNBytes(octets);
    if (read.length < octets) {
      throw new EOFException("the answer ends early");
    }
    return read;
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      String size = line(in).split(";", 2)[0].strip();
      if (!size.matches("[0-9A-Fa-f]{1,15}")) {
        throw new IOException("the size of a chunk is not a number");
      }
      long octets = Long.parseLong(size, 16);
      if (octets == 0) {
        return all.toByteArray();
      }
      if (all.size() + octets > PolicyFetcher.MOST_OCTETS) {
        return new byte[PolicyFetcher.MOST_OCTETS + 1];
      }
      all.writeBytes(whole(in, (int) octets));
      if (!line(in).isEmpty()) {
        throw new IOException("a chunk is longer than it says");
      }
    }
  }
}
