package org.impetusmta.listener.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.jspecify.annotations.Nullable;

/**
 * BDAT (RFC 3030): content in chunks of a length said beforehand. Chunks take the form of content
 * behind DATA, dots doubled, and go through the same {@link ContentReader}; so the same is refused
 * and the same is spooled. Content declared BINARYMIME is kept as it comes and converted at its end
 * ({@link BinaryContent}).
 *
 * <p>The octets of a chunk that is refused are read and dropped. After one the transaction takes
 * RSET, MAIL after it, or a new greeting. A BDAT that does not say how long its chunk is ends the
 * connection: nobody knows where the next command is.
 *
 * <p>Single; owned by the session's event loop.
 */
final class Chunks {
  private static final Reply SYNTAX = new Reply(501, "5.5.4", "BDAT octets [LAST] expected");
  private static final Reply WITHOUT_MAIL = new Reply(503, "5.5.1", "BDAT without MAIL FROM");
  private static final Reply WITHOUT_RCPT = new Reply(503, "5.5.1", "BDAT without RCPT TO");
  private static final Reply AFTER_REFUSAL =
      new Reply(503, "5.5.1", "an earlier chunk was refused");
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] END = {'.', '\r', '\n'};

  private final EsmtpSession session;
  private final EsmtpConnection connection;
  private final InboundSession inbound;
  private @Nullable ContentReader reader;
  private @Nullable BinaryContent binary;
  private boolean begun;
  private boolean refused;
  private boolean lineStart;
  private boolean afterCr;
  private long received;

  Chunks(EsmtpSession session) {
    this.session = session;
    this.connection = session.connection();
    this.inbound = session.inbound();
  }

  /** Whether the transaction has had a chunk. */
  boolean begun() {
    return begun;
  }

  /** Forgets the content of the transaction. */
  void forget() {
    if (!begun) {
      return;
    }
    begun = false;
    refused = false;
    release();
  }

  private void release() {
    ContentReader content = reader;
    if (content != null) {
      reader = null;
      content.release();
    }
    BinaryContent raw = binary;
    if (raw != null) {
      binary = null;
      raw.release();
    }
  }

  void bdat(byte[] line, int length) {
    long octets = 0;
    int at = 5;
    while (at < length && at < 23 && line[at] >= '0' && line[at] <= '9') {
      octets = 10 * octets + line[at++] - '0';
    }
    boolean last = at < length && Parameters.is(line, at, length, " LAST");
    if (at == 5 || (at < length && !last)) {
      session.end(SYNTAX, SYNTAX.text());
      return;
    }
    MailTransaction mail = session.mail();
    long limit = session.options().maxMessageSize();
    if (!mail.isOpen()) {
      drop(octets, WITHOUT_MAIL);
    } else if (mail.recipients() == 0) {
      drop(octets, WITHOUT_RCPT);
    } else if (refused) {
      // a client may have sent many chunks before it heard of the refusal: that is no error
      drop(octets, () -> connection.reply(AFTER_REFUSAL));
    } else if (limit > 0 && (octets > limit || received(octets) > limit)) {
      fail();
      drop(octets, () -> session.mail().refuseContent(MailTransaction.TOO_LARGE));
    } else if (begun) {
      take(octets, last);
    } else {
      begin(octets, last);
    }
  }

  private long received(long more) {
    return begun ? received + more : more;
  }

  private void begin(long octets, boolean last) {
    begun = true;
    received = 0;
    lineStart = true;
    afterCr = false;
    connection.park();
    inbound.state(ReceptionState.DATA_PHASE);
    inbound.data(outcome -> allowed(outcome, octets, last));
  }

  private void allowed(Outcome outcome, long octets, boolean last) {
    if (outcome.accepted()) {
      inbound.state(ReceptionState.READING_BODY);
      if (session.mail().binary()) {
        binary = session.listener().binaryContent(session.options(), inbound::receiving);
      } else {
        reader = session.listener().contentReader(session.options(), inbound::receiving);
      }
      take(octets, last);
    } else {
      fail();
      inbound.state(ReceptionState.AWAITING_RCPTTO);
      drop(
          octets,
          () -> {
            connection.reply(outcome.reply());
            if (outcome.disconnect()) {
              connection.close();
            }
          });
    }
    connection.resume();
  }

  private void fail() {
    begun = true;
    refused = true;
    release();
  }

  private void drop(long octets, Reply reply) {
    drop(octets, () -> session.bad(reply));
  }

  /** Lets a chunk go by. */
  private void drop(long octets, Runnable ended) {
    connection.chunk(
        octets,
        new EsmtpConnection.Chunk() {
          @Override
          public void octets(ByteBuf some) {
            // nobody wants them
          }

          @Override
          public void ended() {
            ended.run();
          }
        });
  }

  private void take(long octets, boolean last) {
    received += octets;
    connection.chunk(
        octets,
        new EsmtpConnection.Chunk() {
          @Override
          public void octets(ByteBuf some) {
            keep(some);
          }

          @Override
          public void ended() {
            taken(octets, last);
          }
        });
  }

  private void keep(ByteBuf some) {
    BinaryContent raw = binary;
    ContentReader content = reader;
    if (raw != null) {
      raw.add(some);
    } else if (content != null) {
      ByteBuf stuffed = stuffed(some);
      try {
        content.read(stuffed);
      } finally {
        stuffed.release();
      }
    }
  }

  /** With a dot in front of each line that begins with one. */
  private ByteBuf stuffed(ByteBuf some) {
    ByteBuf out = ByteBufAllocator.DEFAULT.buffer(some.readableBytes() + 64);
    while (some.isReadable()) {
      int from = some.readerIndex();
      if (lineStart && some.getByte(from) == '.') {
        out.writeByte('.');
      }
      int feed = some.indexOf(from, some.writerIndex(), (byte) '\n');
      int end = feed < 0 ? some.writerIndex() : feed + 1;
      lineStart = feed >= 0 && (feed > from ? some.getByte(feed - 1) == '\r' : afterCr);
      afterCr = some.getByte(end - 1) == '\r';
      out.writeBytes(some, end - from);
    }
    return out;
  }

  private void taken(long octets, boolean last) {
    BinaryContent raw = binary;
    ContentReader content = reader;
    if (raw != null) {
      taken(raw, octets, last);
    } else if (content != null) {
      taken(content, octets, last);
    }
  }

  private void taken(ContentReader content, long octets, boolean last) {
    if (last) {
      if (!lineStart) {
        content.read(Unpooled.wrappedBuffer(CRLF));
      }
      content.read(Unpooled.wrappedBuffer(END));
      session.mail().contentEnded(content);
    } else {
      acknowledge(MailTransaction.refusal(content.fault()), octets);
    }
  }

  private void taken(BinaryContent raw, long octets, boolean last) {
    if (!last) {
      acknowledge(MailTransaction.refusal(raw.fault()), octets);
      return;
    }
    connection.park();
    raw.convert(
        session.listener().conversions(),
        session.loop(),
        converted -> {
          if (!session.isClosed()) {
            session.mail().contentEnded(raw, converted);
          }
        });
  }

  private void acknowledge(@Nullable Reply refusal, long octets) {
    if (refusal == null) {
      connection.reply(new Reply(250, "2.0.0", octets + " octets received"));
    } else {
      fail();
      session.mail().refuseContent(refusal);
    }
  }
}
