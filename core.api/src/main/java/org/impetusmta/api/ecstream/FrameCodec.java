package org.impetusmta.api.ecstream;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;

/**
 * Writes and reads frames. Each begins with four octets, the length of what follows them, and one
 * octet, its type; numbers are unsigned and big-endian. Nothing is believed: every length is
 * checked against what is there before anything is made of it. Without state.
 */
public final class FrameCodec {
  /** The version that is spoken. */
  public static final int VERSION = 1;

  /** Octets of length and type. */
  public static final int HEADER = 5;

  /** Octets that a frame may have behind its type, unless it is a message. */
  public static final int MOST_CONTROL = 1 << 20;

  /** Characters of an address. */
  public static final int LONGEST_ADDRESS = 1024;

  /** Recipients of a message, whatever a server announces. */
  public static final int MOST_RECIPIENTS = 65_535;

  private static final int MAGIC = 0x45435331; // ECS1
  private static final int HELLO = 1;
  private static final int WELCOME = 2;
  private static final int SUBMIT = 3;
  private static final int RESULT = 4;
  private static final int BYE = 5;
  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_TEXT = 4096;

  private FrameCodec() {}

  /** Whether {@code type} is that of a message, which may be longer than others. */
  public static boolean isSubmit(int type) {
    return type == SUBMIT;
  }

  /** The whole frame. */
  public static byte[] encode(Frame frame) {
    return switch (frame) {
      case Frame.Hello hello ->
          begin(HELLO, 64)
              .four(MAGIC)
              .octet(hello.version())
              .text(hello.name(), LONGEST_NAME)
              .frame(0);
      case Frame.Welcome welcome ->
          begin(WELCOME, 32)
              .four(MAGIC)
              .octet(welcome.version())
              .four(welcome.messages())
              .four(welcome.octets())
              .four(welcome.recipients())
              .four(welcome.messageSize())
              .frame(0);
      case Frame.Submit submit -> {
        byte[] head =
            submitHead(
                submit.sequence(),
                submit.eightBitMime(),
                submit.sender(),
                submit.recipients(),
                submit.body().length());
        yield submit.body().prepend(head).toByteArray();
      }
      case Frame.Result result -> {
        FrameWriter out =
            begin(RESULT, 64 * result.replies().size())
                .four(result.sequence())
                .two(result.replies().size());
        for (Reply reply : result.replies()) {
          out.reply(reply, LONGEST_TEXT);
        }
        yield out.frame(0);
      }
      case Frame.Bye bye -> begin(BYE, 64).reply(bye.reply(), LONGEST_TEXT).frame(0);
    };
  }

  /** A message's frame up to its body of {@code bodyLength} octets, which follows as it is. */
  public static byte[] submitHead(
      int sequence,
      boolean eightBitMime,
      Address sender,
      List<Address> recipients,
      int bodyLength) {
    FrameWriter out =
        begin(SUBMIT, 64 + 32 * recipients.size())
            .four(sequence)
            .octet(eightBitMime ? 1 : 0)
            .address(sender, LONGEST_ADDRESS)
            .two(recipients.size());
    for (Address recipient : recipients) {
      out.address(recipient, LONGEST_ADDRESS);
    }
    return out.frame(bodyLength);
  }

  private static FrameWriter begin(int type, int expected) {
    return new FrameWriter(expected).four(0).octet(type);
  }

  /**
   * Reads what follows a frame's length.
   *
   * @param payload type and all behind it; used up
   * @param mostRecipients how many a message may have
   */
  public static Frame decode(ByteBuffer payload, int mostRecipients) throws EcStreamException {
    try {
      int type = payload.get() & 0xFF;
      Frame frame =
          switch (type) {
            case HELLO -> hello(payload);
            case WELCOME -> welcome(payload);
            case SUBMIT -> submit(payload, mostRecipients);
            case RESULT -> result(payload);
            case BYE -> new Frame.Bye(reply(payload));
            default -> throw new EcStreamException("frame of unknown type " + type);
          };
      if (payload.hasRemaining()) {
        throw new EcStreamException("frame is longer than what it holds");
      }
      return frame;
    } catch (BufferUnderflowException | IndexOutOfBoundsException tooShort) {
      throw new EcStreamException("frame is shorter than what it holds");
    }
  }

  private static void magic(ByteBuffer from) throws EcStreamException {
    if (from.getInt() != MAGIC) {
      throw new EcStreamException("not ECStream");
    }
  }

  private static Frame hello(ByteBuffer from) throws EcStreamException {
    magic(from);
    return new Frame.Hello(from.get() & 0xFF, string(from, LONGEST_NAME));
  }

  private static Frame welcome(ByteBuffer from) throws EcStreamException {
    magic(from);
    int version = from.get() & 0xFF;
    int messages = from.getInt();
    int octets = from.getInt();
    int recipients = from.getInt();
    int size = from.getInt();
    if (messages < 1 || octets < 1 || recipients < 1 || size < 1) {
      throw new EcStreamException("a limit that lets nothing pass");
    }
    return new Frame.Welcome(version, messages, octets, recipients, size);
  }

  private static Frame submit(ByteBuffer from, int most) throws EcStreamException {
    int sequence = from.getInt();
    int flags = from.get();
    if ((flags & ~1) != 0) {
      throw new EcStreamException("unknown flags");
    }
    // where the addresses end, each of them no longer than allowed, before any is made
    int begin = from.position();
    int at = begin + 2 + addressLength(from, begin);
    int count = from.getShort(at) & 0xFFFF;
    at += 2;
    // two octets at least for each
    if (count == 0 || count > most || count > (from.limit() - at) / 2) {
      throw new EcStreamException(count + " recipients");
    }
    for (int i = 0; i < count; i++) {
      at += 2 + addressLength(from, at);
    }
    byte[] addresses = new byte[at - begin];
    from.get(addresses);
    AddressReader reader = new AddressReader(addresses);
    Address sender = reader.next();
    reader.skip(2);
    List<Address> recipients = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      recipients.add(reader.next());
    }
    byte[] body = new byte[from.remaining()];
    from.get(body);
    return new Frame.Submit(sequence, flags != 0, sender, recipients, Body.of(body));
  }

  private static int addressLength(ByteBuffer from, int at) throws EcStreamException {
    if (at + 2 > from.limit()) {
      throw new BufferUnderflowException();
    }
    int length = from.getShort(at) & 0xFFFF;
    if (length > LONGEST_ADDRESS || length > from.limit() - at - 2) {
      throw new EcStreamException("text of " + length + " octets");
    }
    return length;
  }

  private static Frame result(ByteBuffer from) throws EcStreamException {
    int sequence = from.getInt();
    int count = from.getShort() & 0xFFFF;
    if (count == 0 || count > from.remaining() / 6) {
      throw new EcStreamException(count + " replies");
    }
    List<Reply> replies = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      replies.add(reply(from));
    }
    return new Frame.Result(sequence, replies);
  }

  private static Reply reply(ByteBuffer from) throws EcStreamException {
    int code = from.getShort() & 0xFFFF;
    String enhanced = string(from, 16);
    String text = string(from, LONGEST_TEXT);
    if (code < 200 || code > 599 || code / 100 == 3) {
      throw new EcStreamException("reply code " + code);
    }
    if (!enhanced.isEmpty() && !enhanced.matches("[245]\\.\\d{1,3}\\.\\d{1,3}")) {
      throw new EcStreamException("enhanced status code");
    }
    return new Reply(code, enhanced, text);
  }

  private static String string(ByteBuffer from, int most) throws EcStreamException {
    int length = from.getShort() & 0xFFFF;
    if (length > most || length > from.remaining()) {
      throw new EcStreamException("text of " + length + " octets");
    }
    byte[] octets = new byte[length];
    from.get(octets);
    return new String(octets, StandardCharsets.ISO_8859_1);
  }
}
