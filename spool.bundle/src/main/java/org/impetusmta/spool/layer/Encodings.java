package org.impetusmta.spool.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.message.Body;
import org.impetusmta.spool.EncodedBody;

/**
 * Bodies encoded and decoded through the I/O wrappers. The numbers are part of the form on disk.
 * Concurrent; blocks.
 */
public final class Encodings {
  /** By number, from 1. */
  private static final List<String> SCHEMES = List.of("gzip", "bzip2", "zstd");

  /** Octets of one segment of a body that was decoded. */
  private final IoWrappers wrappers;

  public Encodings(IoWrappers wrappers) {
    this.wrappers = wrappers;
  }

  /** Whether there is such an encoding. */
  static boolean known(String scheme) {
    return SCHEMES.contains(scheme);
  }

  /**
   * The body encoded; empty where that is not smaller.
   *
   * @throws IOException when the wrapper cannot be started, or fails
   */
  Optional<EncodedBody> encode(String scheme, Body body) throws IOException {
    Bounded octets = new Bounded(body.length());
    try (OutputStream out = wrappers.encode(scheme, octets)) {
      body.writeTo(out);
    } catch (RuntimeException e) {
      throw new IOException(scheme + ": " + e, e);
    }
    return octets.full
        ? Optional.empty()
        : Optional.of(
            new EncodedBody(
                Body.of(octets.toByteArray()), SCHEMES.indexOf(scheme) + 1, body.length()));
  }

  /**
   * The body as it was before it was encoded.
   *
   * @throws IOException when the wrapper cannot be started, or does not give what was encoded
   */
  public Body decode(EncodedBody body) throws IOException {
    if (body.encoding() == 0) {
      return body.octets();
    }
    if (body.encoding() > SCHEMES.size()) {
      throw new IOException(
          "the body is in encoding " + body.encoding() + ", which this version does not know");
    }
    String scheme = SCHEMES.get(body.encoding() - 1);
    try (InputStream in = wrappers.decode(scheme, stream(body.octets()))) {
      List<byte[]> parts = new ArrayList<>();
      int left = body.length();
      while (left > 0) {
        byte[] part = in.readNBytes(Math.min(Body.SEGMENT, left));
        if (part.length == 0) {
          throw new IOException("the body is shorter than when it was stored: " + left + " octets");
        }
        parts.add(part);
        left -= part.length;
      }
      // reading the end is what checks the checksum
      if (in.read() >= 0) {
        throw new IOException("the body is longer than when it was stored");
      }
      return Body.of(parts.toArray(new byte[0][]));
    } catch (RuntimeException e) {
      throw new IOException(scheme + ": " + e, e);
    }
  }

  private static InputStream stream(Body body) {
    List<InputStream> parts = new ArrayList<>(body.segments());
    for (int i = 0; i < body.segments(); i++) {
      parts.add(new java.io.ByteArrayInputStream(body.segment(i), 0, body.segmentLength(i)));
    }
    return parts.size() == 1
        ? parts.getFirst()
        : new SequenceInputStream(Collections.enumeration(parts));
  }

  /** Keeps less octets than so many, or none. */
  private static final class Bounded extends ByteArrayOutputStream {
    private final int limit;
    boolean full;

    Bounded(int limit) {
      super(Math.max(32, limit / 4));
      this.limit = limit;
    }

    @Override
    public synchronized void write(int octet) {
      if (fits(1)) {
        super.write(octet);
      }
    }

    @Override
    public synchronized void write(byte[] octets, int offset, int length) {
      if (fits(length)) {
        super.write(octets, offset, length);
      }
    }

    private boolean fits(int more) {
      full |= count + more >= limit;
      return !full;
    }
  }
}
