package org.impetusmta.delivery.esmtp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.List;
import java.util.function.IntConsumer;
import org.impetusmta.api.message.Body;
import org.impetusmta.delivery.esmtp.SevenBit.Operation;

/**
 * Sends a body in 7 bits after a plan of {@link SevenBit}, one piece at a time: nothing but the
 * piece is in memory. What is copied and has an 8th bit loses it; what would become a control
 * character or a dot by that becomes a question mark, so that no line end and no end of the mail
 * can come of it. Thread-safety: single.
 */
final class SevenBitPieces implements Pieces {
  /** Octets in front of a soft line break. */
  private static final int QUOTED_LINE = 73;

  /** Octets in a line of base64. */
  private static final int BASE64_LINE = 57;

  private static final byte[] HEX = "0123456789ABCDEF".getBytes(US_ASCII);
  private static final byte[] ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".getBytes(US_ASCII);

  private final Octets octets;
  private final List<Operation> plan;
  private int step;

  /** Where in its operation it is; -1: not begun. */
  private int place = -1;

  /** Octets of the encoded line so far. */
  private int column;

  private byte last;
  private byte beforeLast;
  private boolean ended;
  private int position;

  /**
   * @param plan covers the whole body
   */
  SevenBitPieces(Body body, List<Operation> plan) {
    this.octets = new Octets(body);
    this.plan = plan;
  }

  @Override
  public ChannelFuture write(Channel channel, IntConsumer progress) {
    ByteBuf piece = channel.alloc().directBuffer(PIECE + 128);
    while (step < plan.size() && piece.readableBytes() < PIECE) {
      Operation operation = plan.get(step);
      if (place < 0) {
        place = operation.from();
        column = 0;
      }
      switch (operation.kind()) {
        case COPY -> copy(piece, operation.to());
        case INSERT -> {
          piece.writeCharSequence(operation.text(), US_ASCII);
          last = '\n';
          beforeLast = '\r';
          place = operation.to();
        }
        case QUOTED_PRINTABLE -> quoted(piece, operation.from(), operation.to());
        case BASE64 -> base64(piece, operation.from(), operation.to());
      }
      if (place >= operation.to()) {
        step++;
        place = -1;
      }
    }
    position += piece.readableBytes();
    if (step == plan.size()) {
      Pieces.end(piece, beforeLast == '\r' && last == '\n');
      ended = true;
    }
    return channel.writeAndFlush(piece);
  }

  private void out(ByteBuf piece, int octet) {
    piece.writeByte(octet);
    beforeLast = last;
    last = (byte) octet;
  }

  private void copy(ByteBuf piece, int to) {
    while (place < to && piece.readableBytes() < PIECE) {
      byte octet = octets.at(place++);
      out(piece, octet < 0 ? stripped(octet) : octet);
    }
  }

  private static int stripped(byte octet) {
    int seven = octet & 0x7F;
    return seven < ' ' || seven == 0x7F || seven == '.' ? '?' : seven;
  }

  /** Whether the octet at {@code place} is a dot that wire form put there. */
  private boolean stuffed(int from) {
    return octets.at(place) == '.' && (place == from || octets.at(place - 1) == '\n');
  }

  private void quoted(ByteBuf piece, int from, int to) {
    while (place < to && piece.readableBytes() < PIECE) {
      if (stuffed(from) && place + 1 < to && octets.at(place + 1) == '.') {
        place++;
      }
      byte octet = octets.at(place++);
      if (octet == '\r' && place < to && octets.at(place) == '\n') {
        place++;
        out(piece, '\r');
        out(piece, '\n');
        column = 0;
        continue;
      }
      boolean literal =
          (octet > ' ' && octet <= '~' && octet != '=' && !(octet == '.' && column == 0))
              || ((octet == ' ' || octet == '\t') && !endsLine(to));
      if (column + (literal ? 1 : 3) > QUOTED_LINE) {
        out(piece, '=');
        out(piece, '\r');
        out(piece, '\n');
        column = 0;
        literal &= octet != '.';
      }
      if (literal) {
        out(piece, octet);
        column++;
      } else {
        out(piece, '=');
        out(piece, HEX[(octet >> 4) & 0xF]);
        out(piece, HEX[octet & 0xF]);
        column += 3;
      }
    }
  }

  private boolean endsLine(int to) {
    return place >= to || octets.at(place) == '\r';
  }

  private void base64(ByteBuf piece, int from, int to) {
    while (place < to && piece.readableBytes() < PIECE) {
      if (column == BASE64_LINE) {
        out(piece, '\r');
        out(piece, '\n');
        column = 0;
      }
      int bits = 0;
      int count = 0;
      while (count < 3 && place < to) {
        if (stuffed(from) && place + 1 < to && octets.at(place + 1) == '.') {
          place++;
        }
        bits = (bits << 8) | (octets.at(place++) & 0xFF);
        count++;
      }
      bits <<= 8 * (3 - count);
      column += 3;
      for (int i = 0; i < 4; i++) {
        out(piece, i <= count ? ALPHABET[(bits >> (18 - 6 * i)) & 0x3F] : '=');
      }
    }
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
