package org.impetusmta.api.ecstream;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
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
  private static final int LONGEST_TEXT = 4096;

  private FrameCodec() {}

  /** Whether {@code type} is that of a message, which may be longer than others. */
  public static boolean isSubmit(int type) {
    return type == SUBMIT;
  }

  /** The whole frame. */
  public static byte[] encode(Frame frame) {
    if (frame instanceof Frame.Submit submit) {
      byte[] head =
          submitHead(
              submit.sequence(),
              submit.eightBitMime(),
              submit.sender(),
              submit.recipients(),
              submit.body().length());
      return submit.body().prepend(head).toByteArray();
    }
    return write(
        frame,
        0,
        out -> {
          switch (frame) {
            case Frame.Hello hello -> {
              out.writeInt(MAGIC);
              out.writeByte(hello.version());
              string(out, hello.name(), 255);
            }
            case Frame.Welcome welcome -> {
              out.writeInt(MAGIC);
              out.writeByte(welcome.version());
              out.writeInt(welcome.messages());
              out.writeInt(welcome.octets());
              out.writeInt(welcome.recipients());
              out.writeInt(welcome.messageSize());
            }
            case Frame.Result result -> {
              out.writeInt(result.sequence());
              out.writeShort(result.replies().size());
              for (Reply reply : result.replies()) {
                reply(out, reply);
              }
            }
            case Frame.Bye bye -> reply(out, bye.reply());
            case Frame.Submit submit -> throw new IllegalStateException(submit.toString());
          }
        });
  }

  /** A message's frame up to its body of {@code bodyLength} octets, which follows as it is. */
  public static byte[] submitHead(
      int sequence,
      boolean eightBitMime,
      Address sender,
      List<Address> recipients,
      int bodyLength) {
    return write(
        null,
        bodyLength,
        out -> {
          out.writeInt(sequence);
          out.writeByte(eightBitMime ? 1 : 0);
          string(out, sender.toString(), LONGEST_ADDRESS);
          out.writeShort(recipients.size());
          for (Address recipient : recipients) {
            string(out, recipient.toString(), LONGEST_ADDRESS);
          }
        });
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static byte[] write(
      @org.jspecify.annotations.Nullable Frame frame, int more, Writing writing) {
    int type =
        switch (frame) {
          case Frame.Hello _ -> HELLO;
          case Frame.Welcome _ -> WELCOME;
          case Frame.Result _ -> RESULT;
          case Frame.Bye _ -> BYE;
          case null, default -> SUBMIT;
        };
    ByteArrayOutputStream octets = new ByteArrayOutputStream(128);
    try (DataOutputStream out = new DataOutputStream(octets)) {
      out.writeInt(0);
      out.writeByte(type);
      writing.to(out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    byte[] all = octets.toByteArray();
    ByteBuffer.wrap(all).putInt(Math.addExact(all.length - 4, more));
    return all;
  }

  private static void string(DataOutputStream out, String text, int most) throws IOException {
    byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
    int length = Math.min(octets.length, most);
    out.writeShort(length);
    out.write(octets, 0, length);
  }

  private static void reply(DataOutputStream out, Reply reply) throws IOException {
    out.writeShort(reply.code());
    string(out, reply.enhanced(), 16);
    string(out, reply.text(), LONGEST_TEXT);
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
    } catch (BufferUnderflowException tooShort) {
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
    return new Frame.Hello(from.get() & 0xFF, string(from, 255));
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
    boolean eightBit = (from.get() & 1) != 0;
    Address sender = Address.of(string(from, LONGEST_ADDRESS));
    int count = from.getShort() & 0xFFFF;
    // two octets at least for each
    if (count == 0 || count > most || count > from.remaining() / 2) {
      throw new EcStreamException(count + " recipients");
    }
    List<Address> recipients = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      recipients.add(Address.of(string(from, LONGEST_ADDRESS)));
    }
    byte[] body = new byte[from.remaining()];
    from.get(body);
    return new Frame.Submit(sequence, eightBit, sender, recipients, Body.of(body));
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
