package org.impetusmta.api.message;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The octets of a message in wire form: header and content exactly as they cross an SMTP connection
 * after DATA, lines ended by CRLF and dot-stuffed (RFC 5321 section 4.5.2), without the terminating
 * {@code .CRLF} line. What a client sent is thereby what the spool holds and what the next hop
 * gets.
 *
 * <p>A chain of segments, so that a header is put in front without copying what follows. Immutable:
 * nobody writes to a segment once it is part of a body. Safe for any thread.
 */
public final class Body {
  private final byte[][] segments;
  private final int[] lengths;
  private final int length;

  private Body(byte[][] segments, int[] lengths) {
    this.segments = segments;
    this.lengths = lengths;
    int sum = 0;
    for (int l : lengths) {
      sum = Math.addExact(sum, l);
    }
    this.length = sum;
  }

  /** A body of whole arrays, which the caller must not write to again. */
  public static Body of(byte[]... segments) {
    int[] lengths = new int[segments.length];
    for (int i = 0; i < segments.length; i++) {
      lengths[i] = segments[i].length;
    }
    return new Body(segments.clone(), lengths);
  }

  /** A body of array beginnings: {@code lengths[i]} octets of {@code segments[i]}. */
  public static Body of(byte[][] segments, int[] lengths) {
    return new Body(segments.clone(), lengths.clone());
  }

  /** Octets in wire form; what size limits and logs count. */
  public int length() {
    return length;
  }

  /** How many segments there are. */
  public int segments() {
    return segments.length;
  }

  /**
   * The array of segment {@code index}; only its first {@link #segmentLength} octets count. Not to
   * be written to.
   */
  public byte[] segment(int index) {
    return segments[index];
  }

  /** How many octets of segment {@code index} count. */
  public int segmentLength(int index) {
    return lengths[index];
  }

  /**
   * A body that begins with {@code header}, whole header fields in wire form, followed by this one.
   */
  public Body prepend(byte[] header) {
    byte[][] more = new byte[segments.length + 1][];
    int[] moreLengths = new int[more.length];
    more[0] = header;
    moreLengths[0] = header.length;
    System.arraycopy(segments, 0, more, 1, segments.length);
    System.arraycopy(lengths, 0, moreLengths, 1, lengths.length);
    return new Body(more, moreLengths);
  }

  /** Copies all octets in order. */
  public byte[] toByteArray() {
    byte[] all = new byte[length];
    int at = 0;
    for (int i = 0; i < segments.length; i++) {
      System.arraycopy(segments[i], 0, all, at, lengths[i]);
      at += lengths[i];
    }
    return all;
  }

  /** Writes all octets in order. */
  public void writeTo(OutputStream out) throws IOException {
    for (int i = 0; i < segments.length; i++) {
      out.write(segments[i], 0, lengths[i]);
    }
  }

  /**
   * How many header fields are called {@code name} (ASCII, case ignored). Scans the header section
   * only (RFC 5322 section 2.2), allocates nothing.
   */
  public int countHeaders(String name) {
    return HeaderScanner.count(this, name.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Octets of the header section, its field lines with their CRLF, without the empty line that ends
   * it.
   */
  public int headerLength() {
    return HeaderScanner.headerLength(this);
  }
}
