package org.impetusmta.api.ecstream;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Puts frames together from what arrives, in pieces of any size. A frame's length is checked before
 * its octets are kept, and memory is taken as they come, not as they were announced; a frame that
 * came in one piece is read where it lies. Not thread-safe: single.
 */
public final class FrameReader {
  private static final int FIRST = 4096;
  private static final byte[] NOTHING = new byte[0];

  private final int mostRecipients;
  private int longestMessage;
  private int header;
  private int length;
  private byte[] octets = NOTHING;
  private int count;

  /**
   * @param longestMessage octets of the frame of a message
   * @param mostRecipients of a message
   */
  public FrameReader(int longestMessage, int mostRecipients) {
    this.longestMessage = longestMessage;
    this.mostRecipients = mostRecipients;
  }

  /** Another limit for frames of messages that begin from here on. */
  public void longestMessage(int most) {
    longestMessage = most;
  }

  /**
   * Takes octets until a frame is whole or {@code from} is used up.
   *
   * @return the frame, or empty: more is needed
   */
  public Optional<Frame> read(ByteBuffer from) throws EcStreamException {
    while (header < 4 && from.hasRemaining()) {
      length = (length << 8) | (from.get() & 0xFF);
      if (++header == 4 && length < 1) {
        throw new EcStreamException("frame of " + Integer.toUnsignedString(length) + " octets");
      }
    }
    if (header < 4 || !from.hasRemaining()) {
      return Optional.empty();
    }
    if (count == 0) {
      int type = from.get(from.position()) & 0xFF;
      int most = FrameCodec.isSubmit(type) ? longestMessage : FrameCodec.MOST_CONTROL;
      if (length > most) {
        throw new EcStreamException("frame of " + length + " octets, at most " + most);
      }
      if (length <= from.remaining()) {
        return Optional.of(inPlace(from));
      }
      octets = new byte[Math.min(length, Math.max(FIRST, from.remaining()))];
    }
    int some = Math.min(from.remaining(), length - count);
    if (count + some > octets.length) {
      octets = Arrays.copyOf(octets, Math.min(length, Math.max(count + some, 2 * octets.length)));
    }
    from.get(octets, count, some);
    count += some;
    if (count < length) {
      return Optional.empty();
    }
    ByteBuffer whole = ByteBuffer.wrap(octets, 0, length);
    octets = NOTHING;
    count = 0;
    header = 0;
    length = 0;
    return Optional.of(FrameCodec.decode(whole, mostRecipients));
  }

  private Frame inPlace(ByteBuffer from) throws EcStreamException {
    int end = from.position() + length;
    int limit = from.limit();
    header = 0;
    length = 0;
    from.limit(end);
    try {
      return FrameCodec.decode(from, mostRecipients);
    } finally {
      from.limit(limit).position(end);
    }
  }

  /** Whether part of a frame has arrived. */
  public boolean midFrame() {
    return header > 0;
  }

  /** Octets that are kept of an unfinished frame. */
  public int kept() {
    return octets.length;
  }
}
