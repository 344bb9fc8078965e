package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.function.IntConsumer;
import org.impetusmta.api.message.Body;

/**
 * A body as the one chunk of BDAT (RFC 3030): the dots of wire form are taken out, its length is
 * said before it, nothing ends it. Where it does not end with CRLF, one is added, as with DATA.
 * Thread-safety: single.
 */
final class ChunkPieces implements Pieces {
  private final Octets octets;
  private final boolean endsLine;
  private final int size;
  private int place;
  private byte before = '\n';
  private boolean ended;

  ChunkPieces(Body body) {
    this.octets = new Octets(body);
    this.endsLine = body.endsLine();
    this.size = body.length() - Octets.stuffedDots(body) + (endsLine ? 0 : 2);
  }

  /** Octets of the chunk. */
  int size() {
    return size;
  }

  /** Writes up to {@link Pieces#PIECE} octets to {@code out}. */
  void fill(ByteBuf out) {
    int end = Math.min(octets.length(), place + PIECE);
    while (place < end) {
      byte octet = octets.at(place++);
      if (octet != '.' || before != '\n') {
        out.writeByte(octet);
      }
      before = octet;
    }
    if (place == octets.length()) {
      if (!endsLine) {
        out.writeShort('\r' << 8 | '\n');
      }
      ended = true;
    }
  }

  @Override
  public ChannelFuture write(Channel channel, IntConsumer progress) {
    ByteBuf piece = channel.alloc().directBuffer(Math.min(size, PIECE) + 2);
    fill(piece);
    return channel.writeAndFlush(piece);
  }

  @Override
  public boolean ended() {
    return ended;
  }

  @Override
  public int position() {
    return place;
  }
}
