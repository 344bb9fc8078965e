package org.impetusmta.spool.journal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.SpoolException;

/**
 * Envelopes and attempt states as they stand in the meta of a record; for the form of numbers and
 * texts see {@link MetaBuffer}. Octets here are octets of disk for a million waiting messages, so
 * what can be told from something else is a bit.
 *
 * <pre>
 *   attempt state: retries * 2 (variable); plus 1 if these follow, else they are 0 and empty:
 *                  next attempt (signed variable), last reply (text)
 *   envelope:      version 1 (u8)
 *                  flags (u8): 1 8BITMIME, 2 priority, 4 the batch id is the id, 8 there is no
 *                  connection id, 16 the protocol is {@code esmtp}, 32 group and binding are
 *                  {@code default}
 *                  id (u64)
 *                  batch id and connection id, where the flags do not tell: see below
 *                  time received: milliseconds after the second of the id (signed variable)
 *                  sender local part and domain, recipient local part and domain, source address
 *                  (texts), protocol, binding group, binding (texts, where the flags do not tell)
 *                  message dictionary and connection dictionary ({@link DictionaryCodec})
 *   other id:      its second less that of the id (as a signed number), times 2, plus 1 if its
 *                  process is another one (variable); its counter (u16); its process (u16) if it
 *                  is another one
 * </pre>
 *
 * <p>An instance shares the strings that many messages have in common (domains, bindings, source
 * addresses), up to a bound. Thread-safety: single; the static methods are concurrent.
 */
public final class EnvelopeCodec {
  private static final int VERSION = 1;
  private static final int EIGHT_BIT = 1;
  private static final int PRIORITY = 2;
  private static final int BATCH_IS_ID = 4;
  private static final int NO_CONNECTION = 8;
  private static final int ESMTP = 16;
  private static final int DEFAULT_BINDING = 32;
  private static final String USUAL_PROTOCOL = "esmtp";
  private static final String USUAL_BINDING = "default";
  private static final int SHARED = 16_384;

  private final Map<String, String> shared = new HashMap<>();

  /** The octets of a body in wire form, which the record's header does not tell if encoded. */
  static void putLength(MetaBuffer out, int encoding, int length) {
    if (encoding != 0) {
      out.putVariable(length);
    }
  }

  /** Reads what {@link #putLength} wrote. */
  static int length(ByteBuffer in, RecordHeader header) throws SpoolException {
    try {
      return header.encoding() == 0 ? header.bodyLength() : (int) variable(in);
    } catch (BufferUnderflowException e) {
      throw cutOff(e);
    }
  }

  public static void put(MetaBuffer out, AttemptState state) {
    boolean more = state.nextAttemptMillis() != 0 || !state.lastReply().isEmpty();
    out.putVariable(Integer.toUnsignedLong(state.retries()) << 1 | (more ? 1 : 0));
    if (more) {
      out.putSigned(state.nextAttemptMillis()).putText(state.lastReply());
    }
  }

  public static void put(MetaBuffer out, Envelope envelope) {
    MessageId id = envelope.id();
    int flags = flags(envelope);
    out.putByte(VERSION).putByte(flags).putLong(id.bits());
    if ((flags & BATCH_IS_ID) == 0) {
      putId(out, envelope.batchId(), id);
    }
    if ((flags & NO_CONNECTION) == 0) {
      putId(out, envelope.connectionId(), id);
    }
    out.putSigned(envelope.receivedMillis() - 1000 * id.seconds())
        .putText(envelope.sender().localpart())
        .putText(envelope.sender().domain())
        .putText(envelope.recipient().localpart())
        .putText(envelope.recipient().domain())
        .putText(envelope.sourceAddress());
    if ((flags & ESMTP) == 0) {
      out.putText(envelope.protocol());
    }
    if ((flags & DEFAULT_BINDING) == 0) {
      out.putText(envelope.bindingGroup()).putText(envelope.binding());
    }
    DictionaryCodec.put(out, envelope.messageContext(), envelope.sender(), envelope.recipient());
    DictionaryCodec.put(out, envelope.connectionContext(), envelope.sender(), envelope.recipient());
  }

  private static int flags(Envelope envelope) {
    return (envelope.eightBitMime() ? EIGHT_BIT : 0)
        | (envelope.priority() ? PRIORITY : 0)
        | (envelope.batchId().equals(envelope.id()) ? BATCH_IS_ID : 0)
        | (envelope.connectionId().equals(MessageId.NONE) ? NO_CONNECTION : 0)
        | (envelope.protocol().equals(USUAL_PROTOCOL) ? ESMTP : 0)
        | (envelope.bindingGroup().equals(USUAL_BINDING) && envelope.binding().equals(USUAL_BINDING)
            ? DEFAULT_BINDING
            : 0);
  }

  private static void putId(MetaBuffer out, MessageId other, MessageId id) {
    boolean process = other.process() != id.process();
    out.putVariable(MetaBuffer.zigzag(other.seconds() - id.seconds()) << 1 | (process ? 1 : 0))
        .putShort(other.counter());
    if (process) {
      out.putShort(other.process());
    }
  }

  private static MessageId id(ByteBuffer in, MessageId id) throws SpoolException {
    long head = variable(in);
    long seconds = id.seconds() + MetaBuffer.unzigzag(head >>> 1);
    int counter = in.getShort() & 0xFFFF;
    int process = (head & 1) == 0 ? id.process() : in.getShort() & 0xFFFF;
    return MessageId.of(counter, process, seconds);
  }

  /**
   * Reads what {@link #put(MetaBuffer, AttemptState)} wrote.
   *
   * @throws SpoolException when it is something else
   */
  public AttemptState state(ByteBuffer in) throws SpoolException {
    try {
      long head = variable(in);
      int retries = (int) (head >>> 1);
      if ((head & 1) == 0) {
        return retries == 0 ? AttemptState.NEW : new AttemptState(retries, 0, "");
      }
      return new AttemptState(retries, signed(in), share(text(in)));
    } catch (BufferUnderflowException e) {
      throw cutOff(e);
    }
  }

  /** Reads the id of an envelope that stands behind its attempt state, and nothing more. */
  static long id(ByteBuffer in) throws SpoolException {
    try {
      if ((variable(in) & 1) != 0) {
        variable(in);
        skipText(in);
      }
      checkVersion(in.get());
      in.get();
      return in.getLong();
    } catch (BufferUnderflowException e) {
      throw cutOff(e);
    }
  }

  private static void checkVersion(int version) throws SpoolException {
    if (version != VERSION) {
      throw new SpoolException("envelope of unknown version " + version);
    }
  }

  /**
   * Reads what {@link #put(MetaBuffer, Envelope)} wrote.
   *
   * @throws SpoolException when it is something else
   */
  public Envelope envelope(ByteBuffer in) throws SpoolException {
    try {
      checkVersion(in.get());
      int flags = in.get();
      MessageId id = new MessageId(in.getLong());
      MessageId batchId = (flags & BATCH_IS_ID) != 0 ? id : id(in, id);
      MessageId connectionId = (flags & NO_CONNECTION) != 0 ? MessageId.NONE : id(in, id);
      long receivedMillis = 1000 * id.seconds() + signed(in);
      Address sender = new Address(text(in), share(text(in)));
      Address recipient = new Address(text(in), share(text(in)));
      String sourceAddress = share(text(in));
      String protocol = (flags & ESMTP) != 0 ? USUAL_PROTOCOL : share(text(in));
      boolean usual = (flags & DEFAULT_BINDING) != 0;
      String bindingGroup = usual ? USUAL_BINDING : share(text(in));
      String binding = usual ? USUAL_BINDING : share(text(in));
      return new Envelope(
          id,
          batchId,
          connectionId,
          sender,
          recipient,
          receivedMillis,
          sourceAddress,
          protocol,
          (flags & EIGHT_BIT) != 0,
          (flags & PRIORITY) != 0,
          bindingGroup,
          binding,
          dictionary(in, sender, recipient),
          dictionary(in, sender, recipient));
    } catch (BufferUnderflowException e) {
      throw cutOff(e);
    }
  }

  private Map<String, String> dictionary(ByteBuffer in, Address sender, Address recipient)
      throws SpoolException {
    long size = variable(in);
    if (size == 0) {
      return Map.of();
    }
    Map<String, String> dictionary = new LinkedHashMap<>();
    for (long i = 0; i < size; i++) {
      int code = in.get() & 0xFF;
      if (code == DictionaryCodec.OTHER) {
        String key = share(text(in));
        dictionary.put(key, text(in));
      } else {
        String key = DictionaryCodec.key(code);
        dictionary.put(
            key,
            DictionaryCodec.isImplied(code)
                ? DictionaryCodec.implied(key, sender, recipient)
                : text(in));
      }
    }
    return Collections.unmodifiableMap(dictionary);
  }

  String share(String text) {
    if (shared.size() >= SHARED) {
      shared.clear();
    }
    String known = shared.putIfAbsent(text, text);
    return known == null ? text : known;
  }

  static long signed(ByteBuffer in) throws SpoolException {
    return MetaBuffer.unzigzag(variable(in));
  }

  public static long variable(ByteBuffer in) throws SpoolException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte octet = in.get();
      value |= (octet & 0x7FL) << shift;
      if (octet >= 0) {
        return value;
      }
    }
    throw new SpoolException("number without end");
  }

  private static int textLength(ByteBuffer in, long form) throws SpoolException {
    long octets = (form & 1) != 0 ? form - 1 : form >>> 1;
    if (octets < 0 || octets > in.remaining()) {
      throw new SpoolException("text of " + octets + " octets in " + in.remaining());
    }
    return (int) octets;
  }

  private static void skipText(ByteBuffer in) throws SpoolException {
    int octets = textLength(in, variable(in));
    in.position(in.position() + octets);
  }

  static String text(ByteBuffer in) throws SpoolException {
    long form = variable(in);
    byte[] raw = new byte[textLength(in, form)];
    in.get(raw);
    if ((form & 1) == 0) {
      return new String(raw, StandardCharsets.ISO_8859_1);
    }
    // not by a charset: lone surrogates are kept as they are
    char[] chars = new char[raw.length / 2];
    ByteBuffer.wrap(raw).asCharBuffer().get(chars);
    return new String(chars);
  }

  static SpoolException cutOff(BufferUnderflowException cause) {
    SpoolException e = new SpoolException("envelope is cut off");
    e.initCause(cause);
    return e;
  }
}
