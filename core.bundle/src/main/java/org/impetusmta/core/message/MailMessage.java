package org.impetusmta.core.message;

import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.jspecify.annotations.Nullable;

/**
 * A message as reception makes it and the queues keep it. What waits in a queue must stay small:
 * ids are packed, text is shared, dictionaries take the form of {@link WaitingDictionaries}, the
 * body is resident only as long as it has to be. With addresses of usual length and a sender that
 * others share that comes to some 250 octets: this object has 128, the recipient 72, the spool's
 * entry 40. A sender of its own adds 72.
 *
 * <p>Thread-safety: single. Ids, envelope, origin, time and size are read-only and may be read by
 * any thread; all else belongs to the session until {@code MailQueues.enqueue}, then to the loop of
 * the queue.
 */
public final class MailMessage implements Message {
  /** Message dictionary: how far the warnings of a delay have come. */
  public static final String WARNINGS = "#delay_dsn_count";

  /** Message dictionary: when the last warning was, seconds since 1970. */
  public static final String WARNED = "#delay_dsn_sent";

  /** Message dictionary: what report it is, where its own failure may not be reported. */
  public static final String REPORT = "#mdn";

  private static final String[] NOTHING = new String[0];

  private final long id;
  private final long batchId;
  private final long connectionId;
  private final long receivedMillis;
  private final Address sender;
  private final Address recipient;
  private final String sourceAddress;
  private final String protocol;
  private final boolean eightBitMime;
  private String bindingGroup = "default";
  private String binding = "default";
  private boolean bindable;
  private boolean priority;
  private int size;
  private int retries;
  private long nextAttemptMillis;
  private String lastReply = "";
  private @Nullable Body body;
  private @Nullable SpoolEntry spoolEntry;
  private @Nullable Context context;
  private @Nullable Context connectionContext;
  private String[] waiting = NOTHING;
  private String[] waitingOfConnection = NOTHING;
  private byte leftOut;
  private byte warnings;
  private boolean gone;
  private long leftOutOfConnection;

  /** A message that is being received or generated. */
  public MailMessage(
      MessageId id,
      MessageId batchId,
      MessageId connectionId,
      Address sender,
      Address recipient,
      String sourceAddress,
      String protocol,
      long receivedMillis,
      boolean eightBitMime,
      Body body) {
    this.id = id.bits();
    this.batchId = batchId.bits();
    this.connectionId = connectionId.bits();
    this.sender = sender;
    this.recipient = recipient;
    this.sourceAddress = sourceAddress;
    this.protocol = protocol;
    this.receivedMillis = receivedMillis;
    this.eightBitMime = eightBitMime;
    this.body = body;
    this.size = body.length();
  }

  /** A message that the spool handed over; its body is not resident. */
  public MailMessage(SpoolEntry entry, Envelope envelope, AttemptState state, int bodyLength) {
    this.id = envelope.id().bits();
    this.batchId = envelope.batchId().bits();
    this.connectionId = envelope.connectionId().bits();
    this.sender = envelope.sender();
    this.recipient = envelope.recipient();
    this.sourceAddress = envelope.sourceAddress();
    this.protocol = envelope.protocol();
    this.receivedMillis = envelope.receivedMillis();
    this.eightBitMime = envelope.eightBitMime();
    this.priority = envelope.priority();
    this.bindingGroup = envelope.bindingGroup();
    this.binding = envelope.binding();
    this.size = bodyLength;
    this.retries = state.retries();
    this.nextAttemptMillis = state.nextAttemptMillis();
    this.lastReply = state.lastReply();
    this.spoolEntry = entry;
    if (!envelope.messageContext().isEmpty()) {
      envelope.messageContext().forEach(context()::set);
      warnings = number(envelope.messageContext().get(WARNINGS));
    }
    if (!envelope.connectionContext().isEmpty()) {
      envelope.connectionContext().forEach(connectionContext()::set);
    }
  }

  /** What the spool stores of it. */
  public Envelope envelope() {
    return new Envelope(
        id(),
        batchId(),
        connectionId(),
        sender,
        recipient,
        receivedMillis,
        sourceAddress,
        protocol,
        eightBitMime,
        priority,
        bindingGroup,
        binding,
        (context == null ? rebuilt() : context).asMap(),
        (connectionContext == null ? rebuiltOfConnection() : connectionContext).asMap());
  }

  @Override
  public MessageId id() {
    return new MessageId(id);
  }

  @Override
  public MessageId batchId() {
    return new MessageId(batchId);
  }

  @Override
  public MessageId connectionId() {
    return new MessageId(connectionId);
  }

  @Override
  public Address sender() {
    return sender;
  }

  @Override
  public Address recipient() {
    return recipient;
  }

  @Override
  public String sourceAddress() {
    return sourceAddress;
  }

  @Override
  public String protocol() {
    return protocol;
  }

  @Override
  public long receivedMillis() {
    return receivedMillis;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean eightBitMime() {
    return eightBitMime;
  }

  @Override
  public boolean priority() {
    return priority;
  }

  @Override
  public void setPriority(boolean first) {
    priority = first;
  }

  @Override
  public int retries() {
    return retries;
  }

  @Override
  public String bindingGroup() {
    return bindingGroup;
  }

  @Override
  public String binding() {
    return binding;
  }

  @Override
  public void setBinding(String bindingGroup, String binding) {
    if (!bindable) {
      throw new IllegalStateException("setBinding outside set_binding");
    }
    this.bindingGroup = bindingGroup;
    this.binding = binding;
  }

  /** Opens and closes the set_binding phase. */
  public void bindable(boolean open) {
    bindable = open;
  }

  @Override
  public Body body() {
    Body resident = body;
    if (resident == null) {
      throw new IllegalStateException("body of " + id() + " is not resident");
    }
    return resident;
  }

  @Override
  public void setBody(Body edited) {
    if (spoolEntry != null) {
      throw new IllegalStateException("setBody after store");
    }
    body = edited;
    size = edited.length();
  }

  /** Whether {@link #body} may be called. */
  public boolean resident() {
    return body != null;
  }

  /** Swap in: the spool's octets become resident. */
  public void swapIn(Body octets) {
    body = octets;
  }

  /** Swap out: the body is left to the spool. */
  public void swapOut() {
    body = null;
  }

  /** The spool's record. */
  public SpoolEntry spoolEntry() {
    SpoolEntry entry = spoolEntry;
    if (entry == null) {
      throw new IllegalStateException(id() + " is not stored");
    }
    return entry;
  }

  /** Called once, when the message is durable. */
  public void stored(SpoolEntry entry) {
    spoolEntry = entry;
  }

  /** When the next attempt is due, milliseconds since 1970; 0: at once. */
  public long nextAttemptMillis() {
    return nextAttemptMillis;
  }

  /** What the last attempt was told; empty before the first. */
  public String lastReply() {
    return lastReply;
  }

  /** How far the warnings of its delay have come; 0 before the first. */
  public int warnings() {
    return warnings;
  }

  /** Records warnings in the dictionary too, which the caller writes to the spool. */
  public void warned(int count, long seconds) {
    warnings = (byte) Math.clamp(count, 0, Byte.MAX_VALUE);
    context().set(WARNINGS, Integer.toString(warnings));
    context().set(WARNED, Long.toString(seconds));
  }

  private static byte number(@Nullable String text) {
    if (text == null || text.isEmpty() || text.length() > 3) {
      return 0;
    }
    int number = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return 0;
      }
      number = 10 * number + text.charAt(i) - '0';
    }
    return (byte) Math.min(number, Byte.MAX_VALUE);
  }

  /** Whether it was delivered, failed or dropped. */
  public boolean gone() {
    return gone;
  }

  /** It is finished with. */
  public void finished() {
    gone = true;
  }

  /** What its next attempt, and the spool, know of earlier ones. */
  public AttemptState attemptState() {
    return new AttemptState(retries, nextAttemptMillis, lastReply);
  }

  /** Records an attempt that failed transiently. */
  public void delayed(AttemptState state) {
    retries = state.retries();
    nextAttemptMillis = state.nextAttemptMillis();
    lastReply = state.lastReply();
  }

  /** The attempt is due now, as flush and retry ask. */
  public void due() {
    nextAttemptMillis = 0;
  }

  @Override
  public Context context() {
    Context c = context;
    if (c == null) {
      c = rebuilt();
      context = c;
    }
    return c;
  }

  @Override
  public Context connectionContext() {
    Context c = connectionContext;
    if (c == null) {
      c = rebuiltOfConnection();
      connectionContext = c;
    }
    return c;
  }

  private Context rebuilt() {
    return WaitingDictionaries.message(waiting, leftOut, sender, recipient);
  }

  private Context rebuiltOfConnection() {
    return WaitingDictionaries.connection(waitingOfConnection, leftOutOfConnection);
  }

  /**
   * Takes dictionaries over from the session. The connection's is the session's own until the
   * message is queued: what policy sets in it while it looks at a message it sets for the
   * connection.
   */
  public void contexts(Context message, Context connection) {
    context = message;
    connectionContext = connection;
  }

  /** Gives the dictionaries up for the form in which they wait; called when it is queued. */
  public void settle(WaitingDictionaries dictionaries) {
    Context c = context;
    if (c != null) {
      WaitingDictionaries.Rest rest = dictionaries.message(c, sender, recipient);
      waiting = rest.pairs();
      leftOut = (byte) rest.leftOut();
      context = null;
    }
    c = connectionContext;
    if (c != null) {
      WaitingDictionaries.Rest rest = dictionaries.connection(c);
      waitingOfConnection = rest.pairs();
      leftOutOfConnection = rest.leftOut();
      connectionContext = null;
    }
  }
}
