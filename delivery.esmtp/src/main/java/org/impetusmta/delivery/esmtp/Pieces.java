package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.function.IntConsumer;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.BodyRegion;

/**
 * A body on its way to a socket, piece after piece, the last with the line that ends mail data (RFC
 * 5321 section 4.1.1.4). The body is in wire form already, so its octets are not looked at; where
 * it does not end with CRLF, one is added. Thread-safety: single.
 */
interface Pieces {
  /** Octets of a body in one piece, at most. */
  int PIECE = 128 * 1024;

  /** Octets that end mail data, at most. */
  int END = 5;

  /**
   * Writes the next piece and flushes it.
   *
   * @param progress told how many octets of the body have left, where that shows before the end
   * @return done when all of it has left
   */
  ChannelFuture write(Channel channel, IntConsumer progress);

  /** Whether the last piece was written. */
  boolean ended();

  /** Octets of the body in the pieces written so far. */
  int position();

  /** What a body is sent by. */
  static Pieces of(Body body, boolean sendfile) {
    BodyRegion region = body.region().orElse(null);
    if (region == null || region.length() == 0) {
      return new BodyCursor(body);
    }
    return sendfile && region.length() >= FilePiece.LEAST
        ? new FilePiece(region)
        : new MappedPieces(region);
  }

  /** Writes what ends mail data to {@code out}. */
  static void end(ByteBuf out, boolean endsLine) {
    if (!endsLine) {
      out.writeShort('\r' << 8 | '\n');
    }
    out.writeByte('.').writeShort('\r' << 8 | '\n');
  }

  /** Ends mail data. */
  static ChannelFuture end(Channel channel, boolean endsLine) {
    ByteBuf out = channel.alloc().directBuffer(END);
    end(out, endsLine);
    return channel.writeAndFlush(out);
  }
}
