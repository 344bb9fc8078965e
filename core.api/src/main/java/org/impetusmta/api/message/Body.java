package org.impetusmta.api.message;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The octets of a message in wire form: header and content exactly as they cross an SMTP connection
 * after DATA, lines ended by CRLF and dot-stuffed (RFC 5321 section 4.5.2), without the terminating
 * {@code .CRLF} line. What a client sent is thereby what the spool holds and what the next hop
 * gets.
 *
 * <p>A chain of segments, so that a header is put in front without copying what follows. Immutable:
 * nobody writes to a segment once it is part of a body. Safe for any thread.
 *
 * <p>The octets of a body that came out of the spool may have stayed in their file ({@link
 * #region}); they come onto the heap when somebody asks for a segment. Whoever keeps such a body
 * says so ({@link #hold}, {@link #letGo}).
 */
public final class Body {
  /**
   * Octets of the largest segment that whoever reads a body should make: one of a megabyte with its
   * header takes two regions of a small heap, and is never moved.
   */
  public static final int SEGMENT = 256 << 10;

  /** Octets that are compared at a time. */
  private static final int CHUNK = 16 * 1024;

  private static final byte[] CRLF = {'\r', '\n'};

  private final byte[][] segments;
  private final int[] lengths;
  private final int length;
  private final @Nullable BodyRegion region;

  private Body(byte[][] segments, int[] lengths) {
    this.segments = segments;
    this.lengths = lengths;
    this.region = null;
    int sum = 0;
    for (int l : lengths) {
      sum = Math.addExact(sum, l);
    }
    this.length = sum;
  }

  private Body(BodyRegion region) {
    this.segments = new byte[1][];
    this.lengths = new int[] {region.length()};
    this.length = region.length();
    this.region = region;
  }

  /** A body that stays in its file. */
  public static Body of(BodyRegion region) {
    return new Body(region);
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
    return region == null ? segments[index] : onHeap(region);
  }

  private synchronized byte[] onHeap(BodyRegion from) {
    byte[] octets = segments[0];
    if (octets == null) {
      octets = from.octets();
      segments[0] = octets;
    }
    return octets;
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
    for (int i = 0; i < segments.length; i++) {
      more[i + 1] = segment(i);
    }
    System.arraycopy(lengths, 0, moreLengths, 1, lengths.length);
    return new Body(more, moreLengths);
  }

  /**
   * A body with {@code fields}, whole header fields in wire form, above everything else. Content
   * that begins with a blank would be read as the end of the last of them: it is no header, so an
   * empty line is put in front of it.
   */
  public Body withFields(byte[] fields) {
    return beginsWithBlank() ? prepend(CRLF).prepend(fields) : prepend(fields);
  }

  /** Whether the first octet is one that folds a header field (RFC 5322 section 2.2.3). */
  boolean beginsWithBlank() {
    for (int i = 0; i < lengths.length; i++) {
      if (lengths[i] > 0) {
        byte first = segment(i)[0];
        return first == ' ' || first == '\t';
      }
    }
    return false;
  }

  /** Copies all octets in order. */
  public byte[] toByteArray() {
    byte[] all = new byte[length];
    int at = 0;
    for (int i = 0; i < segments.length; i++) {
      System.arraycopy(segment(i), 0, all, at, lengths[i]);
      at += lengths[i];
    }
    return all;
  }

  /** Writes all octets in order. */
  public void writeTo(OutputStream out) throws IOException {
    for (int i = 0; i < segments.length; i++) {
      out.write(segment(i), 0, lengths[i]);
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
   * The value of the first header field called {@code name} (ASCII, case ignored): unfolded,
   * without blanks around it, an octet for each character, cut after 998. Scans the header section
   * only.
   */
  public Optional<String> header(String name) {
    return Optional.ofNullable(
        HeaderScanner.first(this, name.getBytes(StandardCharsets.US_ASCII), 998));
  }

  /**
   * Octets of the header section, its field lines with their CRLF, without the empty line that ends
   * it.
   */
  public int headerLength() {
    return HeaderScanner.headerLength(this);
  }

  /** Where its octets lie, if they stayed in a file. */
  public Optional<BodyRegion> region() {
    return Optional.ofNullable(region);
  }

  /**
   * Somebody keeps it. Where it stayed in a file, the file stays as it is until everybody who kept
   * it has let it go; elsewhere nothing happens.
   */
  public void hold() {
    if (region != null) {
      region.hold();
    }
  }

  /** Undoes one {@link #hold}: its octets must not be asked for any more by who held it. */
  public void letGo() {
    if (region != null) {
      region.letGo();
    }
  }

  /** Whether it ends with CRLF. An empty body has no line that could be without. */
  public boolean endsLine() {
    if (region != null) {
      return region.endsLine();
    }
    int last = -1;
    for (int i = segments.length - 1; i >= 0; i--) {
      for (int j = lengths[i] - 1; j >= 0; j--) {
        if (last >= 0) {
          return last == '\n' && segments[i][j] == '\r';
        }
        last = segments[i][j];
      }
    }
    return last < 0; // an empty body needs no CRLF, a single octet does
  }

  /** Whether {@code other} has the same octets, however they are cut into segments. */
  public boolean sameOctets(Body other) {
    if (this == other) {
      return true;
    }
    if (length != other.length) {
      return false;
    }
    if (region != null || other.region != null) {
      return sameChunks(other);
    }
    int mine = 0;
    int mineAt = 0;
    int theirs = 0;
    int theirsAt = 0;
    for (int left = length; left > 0; ) {
      int some = Math.min(lengths[mine] - mineAt, other.lengths[theirs] - theirsAt);
      if (!Arrays.equals(
          segment(mine), mineAt, mineAt + some, other.segment(theirs), theirsAt, theirsAt + some)) {
        return false;
      }
      left -= some;
      mineAt += some;
      theirsAt += some;
      if (mineAt == lengths[mine]) {
        mine++;
        mineAt = 0;
      }
      if (theirsAt == other.lengths[theirs]) {
        theirs++;
        theirsAt = 0;
      }
    }
    return true;
  }

  /** Compares without bringing what stayed in a file onto the heap for good. */
  private boolean sameChunks(Body other) {
    byte[] mine = new byte[Math.min(CHUNK, length)];
    byte[] theirs = new byte[mine.length];
    for (int at = 0; at < length; at += mine.length) {
      int count = Math.min(mine.length, length - at);
      copy(at, mine, count);
      other.copy(at, theirs, count);
      if (!Arrays.equals(mine, 0, count, theirs, 0, count)) {
        return false;
      }
    }
    return true;
  }

  private void copy(int from, byte[] into, int count) {
    if (region != null) {
      region.copy(from, into, count);
      return;
    }
    int skip = from;
    int done = 0;
    for (int i = 0; done < count; i++) {
      int some = Math.min(lengths[i] - skip, count - done);
      if (some > 0) {
        System.arraycopy(segments[i], skip, into, done, some);
        done += some;
      }
      skip = Math.max(0, skip - lengths[i]);
    }
  }
}
