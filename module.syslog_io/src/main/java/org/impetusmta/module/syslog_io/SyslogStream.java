package org.impetusmta.module.syslog_io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Each write is one record, {@code <PRIORITY>Nov 26 08:40:00 IDENT[PID]: TEXT} as syslog(3) makes
 * it for the local socket (RFC 3164 section 4.1 without the name of the host). The LF at its end is
 * left out; what is longer than {@value #LONGEST} octets becomes several records. Thread-safety:
 * single.
 */
final class SyslogStream extends OutputStream {
  /** Octets of text in a record: what every system logger takes. */
  static final int LONGEST = 2000;

  private final LocalDatagrams socket;
  private final String head;
  private final String ident;
  private final InstantSource clock;
  private final DateTimeFormatter times;

  SyslogStream(LocalDatagrams socket, String head, String ident, InstantSource clock, ZoneId zone) {
    this.socket = socket;
    this.head = head;
    this.ident = ident;
    this.clock = clock;
    this.times = DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ENGLISH).withZone(zone);
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] octets, int offset, int length) throws IOException {
    int end = offset + length;
    while (end > offset && (octets[end - 1] == '\n' || octets[end - 1] == '\r')) {
      end--;
    }
    int at = offset;
    while (at < end) {
      int to = Math.min(end, at + LONGEST);
      while (to < end && to > at + 1 && (octets[to] & 0xC0) == 0x80) {
        to--; // a character of several octets stays whole
      }
      record(octets, at, to);
      at = to;
    }
  }

  private void record(byte[] octets, int from, int to) throws IOException {
    ByteArrayOutputStream record = new ByteArrayOutputStream(64 + to - from);
    String start = head + times.format(clock.instant()) + ident;
    record.writeBytes(start.getBytes(StandardCharsets.US_ASCII));
    record.write(octets, from, to - from);
    socket.send(record.toByteArray());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
