package org.impetusmta.delivery.esmtp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import org.impetusmta.api.scheduler.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Sends a body and the dot behind it, no faster than the socket takes it: the next of its {@link
 * Pieces} is made when the one before has left, so a connection holds one piece, whatever the size
 * of the body and the speed of the peer. Thread-safety: single, confined to the loop.
 */
final class BodySender {
  /** Pieces sent before other connections of the loop get their turn. */
  private static final int PIECES_PER_TURN = 8;

  /** Who waits for it. */
  interface Listener {
    /** The first {@code octets} of the body have left. */
    void progress(int octets);

    /** All has left. */
    void sent();

    /** The socket takes no more. */
    void notSent();
  }

  private final EventLoop loop;
  private final Listener listener;
  private @Nullable Pieces pieces;

  BodySender(EventLoop loop, Listener listener) {
    this.loop = loop;
    this.listener = listener;
  }

  /** Begins to send; what becomes of it is told to the listener. */
  void send(Channel channel, Pieces body) {
    pieces = body;
    sendPieces(channel);
  }

  /** Forgets what has not left, and tells nothing more. */
  void stop() {
    pieces = null;
  }

  /** Piece after piece, for as long as the socket takes them at once. */
  private void sendPieces(Channel channel) {
    for (int turn = 0; turn < PIECES_PER_TURN; turn++) {
      Pieces source = pieces;
      if (source == null) {
        return;
      }
      ChannelFuture written = source.write(channel, octets -> progress(source, octets));
      if (!written.isDone()) {
        written.addListener(
            done -> {
              if (left(source, done.isSuccess())) {
                sendPieces(channel);
              }
            });
        return;
      }
      if (!left(source, written.isSuccess())) {
        return;
      }
    }
    loop.execute(() -> sendPieces(channel));
  }

  private void progress(Pieces source, int octets) {
    if (pieces == source) {
      listener.progress(octets);
    }
  }

  /** Whether there is another piece to send. */
  private boolean left(Pieces source, boolean success) {
    if (pieces != source) {
      return false; // stopped meanwhile
    }
    if (!success) {
      pieces = null;
      listener.notSent();
      return false;
    }
    listener.progress(source.position());
    if (source.ended()) {
      pieces = null;
      listener.sent();
      return false;
    }
    return true;
  }
}
