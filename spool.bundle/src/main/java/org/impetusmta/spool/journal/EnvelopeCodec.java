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
 * texts see {@link MetaBuffer}.
 *
 * <pre>
 *   store:         octets of the body in wire form (variable; only if it is encoded), then for each
 *                  envelope its index (variable), attempt state and envelope
 *   attempt state: retries (variable), next attempt (variable), last reply (text)
 *   envelope:      version 1 (u8), flags (u8; 1: 8BITMIME, 2: priority), id, batch id, connection id (u64 each),
 *                  time received (u64), sender local part and domain, recipient local part and
 *                  domain, source address, protocol, binding group, binding (texts), then the
 *                  message dictionary and the connection dictionary: count (variable), keys and
 *                  values (texts)
 * </pre>
 *
 * <p>An instance shares the strings that many messages have in common (domains, bindings, source
 * addresses), up to a bound. Thread-safety: single; the static methods are concurrent.
 */
public final class EnvelopeCodec {
  private static final int VERSION = 1;
  private static final int EIGHT_BIT = 1;
  private static final int PRIORITY = 2;
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
    out.putVariable(state.retries())
        .putVariable(state.nextAttemptMillis())
        .putText(state.lastReply());
  }

  public static void put(MetaBuffer out, Envelope envelope) {
    out.putByte(VERSION)
        .putByte((envelope.eightBitMime() ? EIGHT_BIT : 0) | (envelope.priority() ? PRIORITY : 0))
        .putLong(envelope.id().bits())
        .putLong(envelope.batchId().bits())
        .putLong(envelope.connectionId().bits())
        .putLong(envelope.receivedMillis())
        .putText(envelope.sender().localpart())
        .putText(envelope.sender().domain())
        .putText(envelope.recipient().localpart())
        .putText(envelope.recipient().domain())
        .putText(envelope.sourceAddress())
        .putText(envelope.protocol())
        .putText(envelope.bindingGroup())
        .putText(envelope.binding());
    put(out, envelope.messageContext());
    put(out, envelope.connectionContext());
  }

  private static void put(MetaBuffer out, Map<String, String> dictionary) {
    out.putVariable(dictionary.size());
    dictionary.forEach((key, value) -> out.putText(key).putText(value));
  }

  /**
   * Reads what {@link #put(MetaBuffer, AttemptState)} wrote.
   *
   * @throws SpoolException when it is something else
   */
  public AttemptState state(ByteBuffer in) throws SpoolException {
    try {
      return new AttemptState((int) variable(in), variable(in), share(text(in)));
    } catch (BufferUnderflowException e) {
      throw cutOff(e);
    }
  }

  /**
   * Reads what {@link #put(MetaBuffer, Envelope)} wrote.
   *
   * @throws SpoolException when it is something else
   */
  public Envelope envelope(ByteBuffer in) throws SpoolException {
    try {
      int version = in.get();
      if (version != VERSION) {
        throw new SpoolException("envelope of unknown version " + version);
      }
      int flags = in.get();
      MessageId id = new MessageId(in.getLong());
      MessageId batchId = new MessageId(in.getLong());
      MessageId connectionId = new MessageId(in.getLong());
      long receivedMillis = in.getLong();
      Address sender = new Address(text(in), share(text(in)));
      Address recipient = new Address(text(in), share(text(in)));
      String sourceAddress = share(text(in));
      String protocol = share(text(in));
      String bindingGroup = share(text(in));
      String binding = share(text(in));
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
          dictionary(in),
          dictionary(in));
    } catch (BufferUnderflowException e) {
      throw cutOff(e);
    }
  }

  private Map<String, String> dictionary(ByteBuffer in) throws SpoolException {
    long size = variable(in);
    if (size == 0) {
      return Map.of();
    }
    Map<String, String> dictionary = new LinkedHashMap<>();
    for (long i = 0; i < size; i++) {
      String key = share(text(in));
      dictionary.put(key, text(in));
    }
    return Collections.unmodifiableMap(dictionary);
  }

  private String share(String text) {
    if (shared.size() >= SHARED) {
      shared.clear();
    }
    String known = shared.putIfAbsent(text, text);
    return known == null ? text : known;
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

  private static String text(ByteBuffer in) throws SpoolException {
    long form = variable(in);
    boolean wide = (form & 1) != 0;
    long octets = wide ? form - 1 : form >>> 1;
    if (octets < 0 || octets > in.remaining()) {
      throw new SpoolException("text of " + octets + " octets in " + in.remaining());
    }
    byte[] raw = new byte[(int) octets];
    in.get(raw);
    if (!wide) {
      return new String(raw, StandardCharsets.ISO_8859_1);
    }
    // not by a charset: lone surrogates are kept as they are
    char[] chars = new char[raw.length / 2];
    ByteBuffer.wrap(raw).asCharBuffer().get(chars);
    return new String(chars);
  }

  private static SpoolException cutOff(BufferUnderflowException cause) {
    SpoolException e = new SpoolException("envelope is cut off");
    e.initCause(cause);
    return e;
  }
}
