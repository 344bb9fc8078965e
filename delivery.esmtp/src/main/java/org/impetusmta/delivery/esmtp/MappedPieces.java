package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;
import org.impetusmta.api.message.BodyRegion;

/**
 * Sends a body straight out of the mapping of its file: no octet is copied within the process. A
 * file that became shorter meanwhile fails the write. Thread-safety: single.
 */
final class MappedPieces implements Pieces {
  private final BodyRegion region;
  private final ByteBuffer mapped;
  private int position;

  MappedPieces(BodyRegion region) {
    this.region = region;
    this.mapped = region.mapped();
  }

  @Override
  public ChannelFuture write(Channel channel, IntConsumer progress) {
    int octets = Math.min(PIECE, region.length() - position);
    ByteBuf piece = Unpooled.wrappedBuffer(mapped.slice(position, octets));
    position += octets;
    if (!ended()) {
      return channel.writeAndFlush(piece);
    }
    channel.write(piece, channel.voidPromise());
    return Pieces.end(channel, region.endsLine());
  }

  @Override
  public boolean ended() {
    return position == region.length();
  }

  @Override
  public int position() {
    return position;
  }
}
