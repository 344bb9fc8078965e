package org.impetusmta.listener.esmtp;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.message.Body;

/**
 * Reads what follows DATA, in one pass, into the form in which it is spooled and sent on: as it
 * came, dot-stuffed, without the line that ends it. Only CR LF . CR LF is the end (RFC 5321 section
 * 4.1.1.4); a CR or LF that stands alone never ends a line here. That there was one is said ({@link
 * #loneLineEnds}): the core refuses such content or makes it safe, so that what one server takes
 * for the end of a message no other can take for its middle.
 *
 * <p>Octets go from the socket's buffer into arrays once, and are looked at there, eight at a time.
 * Arrays grow as octets arrive, never ahead of them, and are counted against what the listener
 * allows for all messages that are being received.
 *
 * <p>Thread-safety: single.
 */
final class ContentReader {
  /** Why content cannot be taken. */
  enum Fault {
    NONE,
    TOO_LARGE,
    OUT_OF_MEMORY,
    LOW_MEMORY
  }

  /** Where what is held is counted for the whole server. */
  interface ServerMemory {
    /** See {@code InboundSession.receiving}. */
    boolean receiving(int octets);
  }

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long CRS = ONES * '\r';
  private static final long LFS = ONES * '\n';

  private static final int FIRST = 4 << 10;
  private static final int LARGEST = 64 << 10;

  /** Octets that the end-of-data line adds. */
  private static final int END_LENGTH = 3;

  // where the next octet stands
  private static final int LINE_START = 0;
  private static final int IN_LINE = 1;
  private static final int AFTER_CR = 2;
  private static final int AFTER_DOT = 3;
  private static final int AFTER_DOT_CR = 4;
  private static final int AFTER_CR_AT_START = 5;
  private static final int ENDED = 6;

  private final AtomicLong memory;
  private final long memoryLimit;
  private final ServerMemory server;
  private final long sizeLimit;

  private byte[][] chunks = new byte[4][];
  private int[] lengths = new int[4];
  private int count;
  private int filled;
  private int taken;
  private long size;
  private int state = LINE_START;
  private boolean loneLineEnds;
  private Fault fault = Fault.NONE;

  /**
   * @param memory octets that all readers of the listener hold
   * @param memoryLimit how many they may
   * @param server told how many octets more, or less where negative, are held here; false: the
   *     server has no memory for them
   * @param sizeLimit octets that the content may have; 0: no limit
   */
  ContentReader(AtomicLong memory, long memoryLimit, ServerMemory server, long sizeLimit) {
    this.memory = memory;
    this.memoryLimit = memoryLimit;
    this.server = server;
    this.sizeLimit = sizeLimit == 0 ? Integer.MAX_VALUE - LARGEST : sizeLimit;
  }

  /**
   * Takes octets up to the end of the content, if it is among them; what follows stays in the
   * buffer.
   *
   * @return whether the content has ended
   */
  boolean read(ByteBuf in) {
    while (in.isReadable() && state != ENDED) {
      byte[] chunk = room(in);
      int from = filled;
      int copied = Math.min(in.readableBytes(), chunk.length - from);
      in.readBytes(chunk, from, copied);
      int used = scan(chunk, from, from + copied) - from;
      in.readerIndex(in.readerIndex() - (copied - used));
      size += used;
      filled = from + used;
      if (size > sizeLimit + END_LENGTH && fault == Fault.NONE) {
        fault = Fault.TOO_LARGE;
      }
    }
    if (state == ENDED && fault == Fault.NONE && size - END_LENGTH > sizeLimit) {
      fault = Fault.TOO_LARGE;
    }
    return state == ENDED;
  }

  /** Octets read so far. */
  long size() {
    return size;
  }

  Fault fault() {
    return fault;
  }

  /** Whether a CR or LF stands alone in what was read. */
  boolean loneLineEnds() {
    return loneLineEnds;
  }

  /** The content; call {@link #release} when it has left reception. */
  Body body() {
    lengths[count - 1] = filled;
    int excess = END_LENGTH;
    int last = count;
    while (excess > 0) {
      int cut = Math.min(excess, lengths[last - 1]);
      lengths[last - 1] -= cut;
      excess -= cut;
      if (lengths[last - 1] == 0) {
        last--;
      }
      if (last == 0) {
        return Body.of();
      }
    }
    for (int i = 0; i < last; i++) {
      // a message may wait long: it does not keep half-empty arrays
      if (chunks[i].length - lengths[i] > 512) {
        chunks[i] = Arrays.copyOf(chunks[i], lengths[i]);
      }
    }
    return Body.of(Arrays.copyOf(chunks, last), Arrays.copyOf(lengths, last));
  }

  /** Gives back what was counted; the reader is not used afterwards. */
  void release() {
    give(taken);
    count = 0;
  }

  /** An array with room behind {@link #filled}. */
  private byte[] room(ByteBuf in) {
    if (fault != Fault.NONE) {
      return scratch();
    }
    if (count > 0 && filled < chunks[count - 1].length) {
      return chunks[count - 1];
    }
    int wanted = Math.min(in.readableBytes(), LARGEST);
    if (!(count == 0 && endsIn(in))) {
      int usual = count == 0 ? FIRST : Math.min(LARGEST, 2 * chunks[count - 1].length);
      wanted = Math.max(wanted, usual);
    }
    if (memory.addAndGet(wanted) > memoryLimit) {
      memory.addAndGet(-wanted);
      fault = Fault.OUT_OF_MEMORY;
      return scratch();
    }
    if (!server.receiving(wanted)) {
      memory.addAndGet(-wanted);
      fault = Fault.LOW_MEMORY;
      return scratch();
    }
    taken += wanted;
    if (count == chunks.length) {
      chunks = Arrays.copyOf(chunks, 2 * count);
      lengths = Arrays.copyOf(lengths, 2 * count);
    }
    if (count > 0) {
      lengths[count - 1] = filled;
    }
    byte[] chunk = new byte[wanted];
    chunks[count++] = chunk;
    filled = 0;
    return chunk;
  }

  private void give(int octets) {
    memory.addAndGet(-octets);
    server.receiving(-octets);
    taken -= octets;
  }

  /** Content that is refused is looked through for its end, and not kept. */
  private byte[] scratch() {
    byte[] kept = count > 0 ? chunks[0] : new byte[FIRST];
    if (taken > kept.length) {
      give(taken - kept.length);
    }
    Arrays.fill(chunks, null);
    chunks[0] = kept;
    count = 1;
    filled = 0;
    return kept;
  }

  /** Whether the whole content seems to be there, so that its array need not grow. */
  private static boolean endsIn(ByteBuf in) {
    int end = in.writerIndex();
    return in.readableBytes() >= 5
        && in.getByte(end - 1) == '\n'
        && in.getByte(end - 2) == '\r'
        && in.getByte(end - 3) == '.'
        && in.getByte(end - 4) == '\n';
  }

  /** Looks at octets; returns the position after the last one that belongs to the content. */
  private int scan(byte[] octets, int from, int to) {
    int at = from;
    int now = state;
    while (at < to) {
      if (now == IN_LINE) {
        at = crOrLf(octets, at, to);
        if (at == to) {
          break;
        }
      }
      byte octet = octets[at++];
      now = next(now, octet);
      if (now == ENDED) {
        break;
      }
    }
    state = now;
    return at;
  }

  private int next(int now, byte octet) {
    return switch (now) {
      case LINE_START ->
          switch (octet) {
            case '.' -> AFTER_DOT;
            case '\r' -> AFTER_CR_AT_START;
            case '\n' -> alone(IN_LINE);
            default -> IN_LINE;
          };
      case AFTER_DOT ->
          switch (octet) {
            case '\r' -> AFTER_DOT_CR;
            case '\n' -> alone(IN_LINE);
            default -> IN_LINE;
          };
      case AFTER_DOT_CR ->
          switch (octet) {
            case '\n' -> ENDED;
            case '\r' -> alone(AFTER_CR);
            default -> alone(IN_LINE);
          };
      case AFTER_CR_AT_START ->
          switch (octet) {
            case '\n' -> LINE_START;
            case '\r' -> alone(AFTER_CR);
            default -> alone(IN_LINE);
          };
      case AFTER_CR ->
          switch (octet) {
            case '\n' -> LINE_START;
            case '\r' -> alone(AFTER_CR);
            default -> alone(IN_LINE);
          };
      default ->
          switch (octet) {
            case '\r' -> AFTER_CR;
            case '\n' -> alone(IN_LINE);
            default -> IN_LINE;
          };
    };
  }

  /** A CR or LF stood alone. */
  private int alone(int next) {
    loneLineEnds = true;
    return next;
  }

  /** The position of the first CR or LF in {@code [from, to)}; {@code to} where there is none. */
  static int crOrLf(byte[] octets, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long eight = (long) LONG.get(octets, at);
      long cr = eight ^ CRS;
      long lf = eight ^ LFS;
      // an octet that is zero has its high bit set here; above the first one that is not exact
      long found = (((cr - ONES) & ~cr) | ((lf - ONES) & ~lf)) & HIGHS;
      if (found != 0) {
        return at + (Long.numberOfTrailingZeros(found) >>> 3);
      }
    }
    while (at < to && octets[at] != '\r' && octets[at] != '\n') {
      at++;
    }
    return at;
  }
}
