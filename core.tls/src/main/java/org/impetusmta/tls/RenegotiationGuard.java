package org.impetusmta.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;

/**
 * Ends a connection whose client wants to negotiate its session of TLS 1.2 anew: looks at the
 * headers of records (RFC 5246 section 6.2.1), in front of the TLS handler. The type of a record is
 * in clear text; behind a client's ChangeCipherSpec one record of the handshake is its end, a
 * second one the beginning of another. In TLS 1.3 they look like data. Single; owned by its event
 * loop.
 */
final class RenegotiationGuard extends ChannelInboundHandlerAdapter {
  private static final int HEADER = 5;
  private static final int CHANGE_CIPHER_SPEC = 20;
  private static final int HANDSHAKE = 22;

  private final byte[] header = new byte[HEADER];
  private int have;
  private int left;
  private boolean ciphered;
  private boolean finished;

  @Override
  public void channelRead(ChannelHandlerContext at, Object message) {
    ByteBuf octets = (ByteBuf) message;
    int from = octets.readerIndex();
    int end = octets.writerIndex();
    while (from < end) {
      if (left > 0) {
        int step = Math.min(left, end - from);
        left -= step;
        from += step;
        continue;
      }
      header[have++] = octets.getByte(from++);
      if (have == HEADER) {
        have = 0;
        left = (header[3] & 0xFF) << 8 | (header[4] & 0xFF);
        if (refused(header[0])) {
          octets.release();
          at.fireExceptionCaught(new IOException("the client wants to renegotiate TLS"));
          at.close();
          return;
        }
      }
    }
    at.fireChannelRead(message);
  }

  private boolean refused(int type) {
    if (type == CHANGE_CIPHER_SPEC) {
      ciphered = true;
    } else if (type == HANDSHAKE && ciphered) {
      if (finished) {
        return true;
      }
      finished = true;
    }
    return false;
  }
}
