package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.impetusmta.api.message.Body;

/**
 * Cuts a body into the pieces that go to the socket, the last with the line that ends mail data
 * (RFC 5321 section 4.1.1.4). The body is in wire form already, so its octets are not looked at;
 * where it does not end with CRLF, one is added.
 *
 * <p>A socket takes direct memory: the channel would copy heap arrays into a direct buffer of its
 * own for each write. So the one copy that must be is made here, from all segments into one pooled
 * buffer: body and terminator leave in one system call, and a huge body holds one piece at a time.
 * Thread-safety: single.
 */
final class BodyCursor {
  /** Octets of a body in one piece, at most. */
  static final int PIECE = 128 * 1024;

  private static final byte[] DOT = {'.', '\r', '\n'};
  private static final byte[] CRLF_DOT = {'\r', '\n', '.', '\r', '\n'};

  private final Body body;
  private int segment;
  private int offset;
  private int position;
  private boolean ended;

  BodyCursor(Body body) {
    this.body = body;
  }

  /** The next piece; the caller owns it. */
  ByteBuf next(ByteBufAllocator allocator) {
    int octets = Math.min(PIECE, body.length() - position);
    ByteBuf piece = allocator.directBuffer(octets + CRLF_DOT.length);
    int wanted = octets;
    while (wanted > 0) {
      int some = Math.min(wanted, body.segmentLength(segment) - offset);
      piece.writeBytes(body.segment(segment), offset, some);
      wanted -= some;
      offset += some;
      if (offset == body.segmentLength(segment)) {
        segment++;
        offset = 0;
      }
    }
    position += octets;
    if (position == body.length()) {
      piece.writeBytes(endsLine(body) ? DOT : CRLF_DOT);
      ended = true;
    }
    return piece;
  }

  /** Whether the last piece was taken. */
  boolean ended() {
    return ended;
  }

  /** Octets of the body in the pieces taken so far. */
  int position() {
    return position;
  }

  private static boolean endsLine(Body body) {
    int last = -1;
    for (int i = body.segments() - 1; i >= 0; i--) {
      byte[] octets = body.segment(i);
      for (int j = body.segmentLength(i) - 1; j >= 0; j--) {
        if (last >= 0) {
          return last == '\n' && octets[j] == '\r';
        }
        last = octets[j];
      }
    }
    return last < 0; // an empty body needs no CRLF, a single octet does
  }
}
