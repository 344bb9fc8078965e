package org.impetusmta.delivery.esmtp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.DefaultFileRegion;
import java.util.function.IntConsumer;
import org.impetusmta.api.message.BodyRegion;

/**
 * Lets the kernel send a body out of its file (sendfile). One piece, whatever its size: nothing of
 * it is in the process. Not for a connection with TLS, which has to see the octets. Thread-safety:
 * single.
 */
final class FilePiece implements Pieces {
  /** Octets below which opening the file costs more than it saves; the mapping is sent then. */
  static final int LEAST = 16 * 1024;

  private final BodyRegion region;
  private boolean written;

  FilePiece(BodyRegion region) {
    this.region = region;
  }

  @Override
  public ChannelFuture write(Channel channel, IntConsumer progress) {
    written = true;
    ChannelProgressivePromise promise = channel.newProgressivePromise();
    promise.addListener(
        new ChannelProgressiveFutureListener() {
          @Override
          public void operationProgressed(ChannelProgressiveFuture future, long octets, long all) {
            progress.accept((int) octets);
          }

          @Override
          public void operationComplete(ChannelProgressiveFuture future) {
            // the write behind it says how it went
          }
        });
    channel.write(
        new DefaultFileRegion(region.file().toFile(), region.offset(), region.length()), promise);
    return Pieces.end(channel, region.endsLine());
  }

  @Override
  public boolean ended() {
    return written;
  }

  @Override
  public int position() {
    return written ? region.length() : 0;
  }
}
