package org.impetusmta.module.smtp_auth_proxy;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads a server's replies (RFC 5321 section 4.2), none longer than {@link #MOST_LINES} lines of
 * {@link #LONGEST_LINE} octets, and nothing after {@code deadlineNanos}, however slowly octets come
 * in. Single.
 */
final class SmtpReplies {
  static final int LONGEST_LINE = 2048;
  static final int MOST_LINES = 128;

  private static final Pattern LINE = Pattern.compile("[2-5][0-9][0-9]([ -].*)?");

  private final Socket socket;
  private final InputStream in;
  private final long deadlineNanos;
  private final byte[] buffer = new byte[4096];
  private int from;
  private int to;

  SmtpReplies(Socket socket, long deadlineNanos) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.deadlineNanos = deadlineNanos;
  }

  /**
   * What the server said.
   *
   * @param lines without their codes
   */
  record SmtpReply(int code, List<String> lines) {}

  /**
   * The next reply.
   *
   * @throws IOException where it is none, or does not come; the message holds nothing of it
   */
  SmtpReply read() throws IOException {
    List<String> lines = new ArrayList<>();
    String code = "";
    while (lines.size() < MOST_LINES) {
      String line = line();
      if (!LINE.matcher(line).matches() || !(code.isEmpty() || line.startsWith(code))) {
        throw new IOException("it sent what is no reply");
      }
      code = line.substring(0, 3);
      lines.add(line.length() > 4 ? line.substring(4) : "");
      if (line.length() == 3 || line.charAt(3) == ' ') {
        return new SmtpReply(Integer.parseInt(code), lines);
      }
    }
    throw new IOException("it sent a reply of more than " + MOST_LINES + " lines");
  }

  /** Whether something came that nobody has read; what came before TLS is not to be believed. */
  boolean ahead() {
    return from < to;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      if (from == to) {
        fill();
      }
      byte octet = buffer[from++];
      if (octet == '\n') {
        int end = line.length();
        boolean cr = end > 0 && line.charAt(end - 1) == '\r';
        return line.substring(0, cr ? end - 1 : end);
      }
      if (line.length() == LONGEST_LINE) {
        throw new IOException("it sent a line of more than " + LONGEST_LINE + " octets");
      }
      line.append((char) Byte.toUnsignedInt(octet));
    }
  }

  private void fill() throws IOException {
    socket.setSoTimeout(left(deadlineNanos));
    from = 0;
    to = 0;
    int read = in.read(buffer);
    if (read < 0) {
      throw new IOException("it closed the connection");
    }
    to = read;
  }

  /**
   * Milliseconds until then, at least one.
   *
   * @throws SocketTimeoutException where it is over
   */
  static int left(long deadlineNanos) throws SocketTimeoutException {
    long left = deadlineNanos - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("it takes too long");
    }
    return (int) Math.max(1, left / 1_000_000);
  }

  /** A command or a response, in ASCII. */
  static byte[] octets(String line) {
    return (line + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }
}
