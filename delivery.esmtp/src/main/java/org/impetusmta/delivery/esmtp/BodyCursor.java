package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.function.IntConsumer;
import org.impetusmta.api.message.Body;

/**
 * The pieces of a body that is on the heap. A socket takes direct memory: the channel would copy
 * heap arrays into a direct buffer of its own for each write. So the one copy that must be is made
 * here, from all segments into one pooled buffer: body and terminator leave in one system call, and
 * a huge body holds one piece at a time. Thread-safety: single.
 */
final class BodyCursor implements Pieces {
  private final Body body;
  private int segment;
  private int offset;
  private int position;
  private boolean ended;

  BodyCursor(Body body) {
    this.body = body;
  }

  @Override
  public ChannelFuture write(Channel channel, IntConsumer progress) {
    return channel.writeAndFlush(next(channel.alloc()));
  }

  /** The next piece; the caller owns it. */
  ByteBuf next(ByteBufAllocator allocator) {
    int octets = Math.min(PIECE, body.length() - position);
    ByteBuf piece = allocator.directBuffer(octets + END);
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
      Pieces.end(piece, body.endsLine());
      ended = true;
    }
    return piece;
  }

  @Override
  public boolean ended() {
    return ended;
  }

  @Override
  public int position() {
    return position;
  }
}
