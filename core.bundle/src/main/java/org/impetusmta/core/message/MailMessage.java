package org.impetusmta.core.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
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
 * ids are packed, text is shared, addresses become octets ({@link Parties}), dictionaries take the
 * form of {@link WaitingDictionaries} or are left to the spool with the body. This object has 112
 * octets, the addresses some 64.
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

  /** Message dictionary: the domain that an operator moved it to. */
  public static final String ROUTING_DOMAIN = "#routing_domain";

  private static final String[] NOTHING = new String[0];
  private static final VarHandle PARTIES;

  static {
    try {
      PARTIES = MethodHandles.lookup().findVarHandle(MailMessage.class, "parties", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // flags
  private static final int EIGHT_BIT = 1;
  private static final int PRIORITY = 2;
  private static final int BINDABLE = 4;

  /** What the spool has of binding, priority or dictionaries is no longer true. */
  private static final int CHANGED = 8;

  /** What {@link WaitingDictionaries} cannot do without is in the spool alone. */
  private static final int LEFT_TO_SPOOL = 16;

  /** It was delivered, failed or dropped. */
  private static final int GONE = 32;

  /** A report whose own failure is not reported. */
  private static final int IS_REPORT = 64;

  /** An operator moved it to the queues of another domain. */
  private static final int REROUTED = 128;

  /** The sender demands REQUIRETLS. */
  private static final int REQUIRES_TLS = 256;

  /** The sender was told that the time of delivery has passed. */
  private static final int TOLD_LATE = 512;

  /** The next host makes the reports that the sender wants. */
  private static final int REPORTS_TAKEN = 1024;

  private final long id;
  private final long batchId;
  private final long connectionId;
  private final long receivedMillis;
  private String sourceAddress;
  private String protocol;

  /**
   * {@link Parties}, or the octets that it packs itself into; the log reads it while it changes.
   */
  private Object parties;

  private String bindingGroup = "default";
  private String binding = "default";
  private short flags;
  private byte leftOut;
  private byte warnings;
  private int size;
  private int retries;
  private int charge;
  private long nextAttemptMillis;
  private long leftOutOfConnection;
  private String lastReply = "";

  /**
   * What is known of it for a moment: the {@link MessageShape} of its body while it is received,
   * the connection of the attempt that was just answered for.
   */
  private @Nullable Object aside;

  private @Nullable Body body;
  private @Nullable SpoolEntry spoolEntry;

  /** What the sender asked for; the same object for all that asked for nothing. */
  private Requests requests = Requests.NONE;

  /** A {@link Context}, or the array in which it waits. */
  private Object dictionary = NOTHING;

  /** A {@link Context}, or the array in which it waits. */
  private Object dictionaryOfConnection = NOTHING;

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
    this.parties = new Parties(sender, recipient);
    this.sourceAddress = sourceAddress;
    this.protocol = protocol;
    this.receivedMillis = receivedMillis;
    flag(EIGHT_BIT, eightBitMime);
    this.body = body;
    this.size = body.length();
    this.charge = this.size;
  }

  /** A message that the spool handed over; its body is not resident. */
  public MailMessage(SpoolEntry entry, Envelope envelope, AttemptState state, int bodyLength) {
    this.id = envelope.id().bits();
    this.batchId = envelope.batchId().bits();
    this.connectionId = envelope.connectionId().bits();
    this.parties = new Parties(envelope.sender(), envelope.recipient());
    this.sourceAddress = envelope.sourceAddress();
    this.protocol = envelope.protocol();
    this.receivedMillis = envelope.receivedMillis();
    flag(EIGHT_BIT, envelope.eightBitMime());
    flag(PRIORITY, envelope.priority());
    this.bindingGroup = envelope.bindingGroup();
    this.binding = envelope.binding();
    this.size = bodyLength;
    this.retries = state.retries();
    this.nextAttemptMillis = state.nextAttemptMillis();
    this.lastReply = state.lastReply();
    this.spoolEntry = entry;
    dictionaries(envelope);
    warnings = number(envelope.messageContext().get(WARNINGS));
    flag(IS_REPORT, envelope.messageContext().containsKey(REPORT));
    flag(REROUTED, envelope.messageContext().containsKey(ROUTING_DOMAIN));
    flag(REQUIRES_TLS, envelope.messageContext().containsKey(REQUIRE_TLS));
    Requests.Reading reading = new Requests.Reading();
    envelope.messageContext().forEach(reading);
    requests = reading.done();
    hold();
  }

  /**
   * Reads in its dictionary what the sender asked for; called once, before it is stored, so that
   * policy may have set it.
   */
  public void takeRequests() {
    Requests.Reading reading = new Requests.Reading();
    ofMessage().forEach(reading);
    requests = reading.done();
    if (requests.priority() > 0) {
      setPriority(true);
    }
    hold();
  }

  /** It has not been attempted: the first attempt waits for the time that the sender said. */
  private void hold() {
    if (retries == 0) {
      nextAttemptMillis = Math.max(nextAttemptMillis, requests.holdUntilMillis());
    }
  }

  /** What the sender asked for. */
  public Requests requests() {
    return requests;
  }

  /** When its time in the queue began, from which on it grows old. */
  public long agesFromMillis() {
    return Math.max(receivedMillis, requests.holdUntilMillis());
  }

  /** Whether it must not be delivered any more, as the sender said. */
  public boolean overdue(long now) {
    return requests.returned() && now >= requests.deliverByMillis();
  }

  /** Whether the sender is to be told that it was not delivered in time, and was not yet. */
  public boolean lateUntold(long now) {
    return !requests.returned() && now >= requests.deliverByMillis() && (flags & TOLD_LATE) == 0;
  }

  /** The sender was told. */
  public void toldLate() {
    flag(TOLD_LATE, true);
  }

  /**
   * The time at which something is due that the sender asked for: what comes of it may not wait for
   * the next attempt.
   */
  public long deadlineMillis() {
    return (flags & TOLD_LATE) != 0 ? Long.MAX_VALUE : requests.deliverByMillis();
  }

  /** The next host took over what the sender wants to hear. */
  public void reportsTaken() {
    flag(REPORTS_TAKEN, true);
  }

  /** Whether the sender is to be told of its delivery by this server. */
  public boolean reportsSuccess() {
    return (flags & REPORTS_TAKEN) == 0 && requests.wants("SUCCESS");
  }

  private void dictionaries(Envelope envelope) {
    dictionary = unchanged(envelope.messageContext());
    dictionaryOfConnection = unchanged(envelope.connectionContext());
  }

  private static Object unchanged(Map<String, String> pairs) {
    if (pairs.isEmpty()) {
      return NOTHING;
    }
    Context context = new Context();
    pairs.forEach(context::set);
    context.markUnchanged();
    return context;
  }

  /** What the spool stores of it. */
  public Envelope envelope() {
    return envelope(ExcludedKeys.NONE);
  }

  /** What the spool stores of it, without some keys of its dictionaries. */
  public Envelope envelope(ExcludedKeys excluded) {
    Parties both = parties();
    return new Envelope(
        id(),
        batchId(),
        connectionId(),
        both.sender(),
        both.recipient(),
        receivedMillis,
        sourceAddress,
        protocol,
        eightBitMime(),
        priority(),
        bindingGroup,
        binding,
        ExcludedKeys.without(excluded.message(), ofMessage()).asMap(),
        ExcludedKeys.without(excluded.connection(), ofConnection()).asMap());
  }

  @Override
  public MessageId id() {
    return new MessageId(id);
  }

  @Override
  public MessageId batchId() {
    return new MessageId(batchId);
  }

  /** Whether it is one of batch {@code other}. */
  public boolean isOfBatch(MessageId other) {
    return batchId == other.bits();
  }

  @Override
  public MessageId connectionId() {
    return new MessageId(connectionId);
  }

  @Override
  public Address sender() {
    Object now = PARTIES.getAcquire(this);
    return now instanceof Parties both ? both.sender() : Parties.sender((byte[]) now);
  }

  @Override
  public Address recipient() {
    Object now = PARTIES.getAcquire(this);
    return now instanceof Parties both ? both.recipient() : Parties.recipient((byte[]) now);
  }

  private Parties parties() {
    Object now = parties;
    return now instanceof Parties both ? both : Parties.of((byte[]) now);
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
    return (flags & EIGHT_BIT) != 0;
  }

  @Override
  public boolean priority() {
    return (flags & PRIORITY) != 0;
  }

  @Override
  public void setPriority(boolean first) {
    if (spoolEntry != null && first != priority()) {
      flag(CHANGED, true);
    }
    flag(PRIORITY, first);
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
    if ((flags & BINDABLE) == 0) {
      throw new IllegalStateException("setBinding outside set_binding");
    }
    if (spoolEntry != null
        && !(binding.equals(this.binding) && bindingGroup.equals(this.bindingGroup))) {
      flag(CHANGED, true);
    }
    this.bindingGroup = bindingGroup;
    this.binding = binding;
  }

  private void flag(int flag, boolean on) {
    flags = (short) (on ? flags | flag : flags & ~flag);
  }

  /** Forgets what binding it was given: set_binding runs once more. */
  public void unbind() {
    bindingGroup = "default";
    binding = "default";
  }

  /** Opens and closes the set_binding phase. */
  public void bindable(boolean open) {
    flag(BINDABLE, open);
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
    if (edited != body) {
      aside = null;
    }
    body = edited;
    size = edited.length();
    charge = size;
  }

  /** Where the parts of {@link #body} lie, if that is known. */
  public @Nullable MessageShape shape() {
    return aside instanceof MessageShape shape ? shape : null;
  }

  /** Notes where the parts of the body lie, until that is edited or the message is stored. */
  public void shape(@Nullable MessageShape known) {
    aside = known;
  }

  /** Whether {@link #body} may be called. */
  public boolean resident() {
    return body != null;
  }

  /** Swap in: the spool's octets become resident. */
  public void swapIn(Body octets) {
    octets.hold();
    dropBody();
    body = octets;
    if (parties instanceof byte[] packed) {
      PARTIES.setRelease(this, Parties.of(packed));
    }
  }

  /** Swap in of octets and of dictionaries that were left to the spool. */
  public void swapIn(Envelope envelope, Body octets) {
    swapIn(octets);
    takeBack(envelope);
  }

  /** Takes back dictionaries that were left to the spool. */
  public void takeBack(Envelope envelope) {
    if (leftToSpool()) {
      leftOut = 0;
      leftOutOfConnection = 0;
      dictionaries(envelope);
      flag(LEFT_TO_SPOOL, false);
      if (number(envelope.messageContext().get(WARNINGS)) < warnings) {
        // a warning was sent while it was being read
        context().set(WARNINGS, Integer.toString(warnings));
      }
    }
  }

  /** Whether dictionaries are in the spool and not here. */
  public boolean leftToSpool() {
    return (flags & LEFT_TO_SPOOL) != 0;
  }

  /**
   * Swap out: the body is left to the spool, and with it the dictionaries, unless they are to stay
   * here or the spool does not have what they say now.
   */
  public void swapOut(
      WaitingDictionaries dictionaries, boolean keepsDictionaries, ExcludedKeys excluded) {
    dropBody();
    if (parties instanceof Parties both) {
      byte[] packed = both.packed();
      if (packed != null) {
        PARTIES.setRelease(this, packed);
      }
    }
    if (!excluded.isNone()) {
      boolean changed = changed();
      dictionary = ExcludedKeys.without(excluded.message(), ofMessage());
      dictionaryOfConnection = ExcludedKeys.without(excluded.connection(), ofConnection());
      flag(CHANGED, changed);
    }
    settle(dictionaries);
    if (!keepsDictionaries
        && !changed()
        && length(dictionary) + length(dictionaryOfConnection) > 0) {
      dictionary = NOTHING;
      dictionaryOfConnection = NOTHING;
      flag(LEFT_TO_SPOOL, true);
    }
  }

  private static int length(Object waiting) {
    return ((String[]) waiting).length;
  }

  /** The message is done with: nobody needs the body any more. */
  public void forgetBody() {
    dropBody();
  }

  /** Octets that its body is counted with while it is in memory: its share of it. */
  public int charge() {
    return charge;
  }

  /** Sets what the body is counted with. */
  public void charge(int octets) {
    charge = octets;
  }

  private void dropBody() {
    Body resident = body;
    body = null;
    if (resident != null) {
      resident.letGo();
    }
  }

  /** The spool's record. */
  public SpoolEntry spoolEntry() {
    SpoolEntry entry = spoolEntry;
    if (entry == null) {
      throw new IllegalStateException(id() + " is not stored");
    }
    return entry;
  }

  /** Whether the spool has a record of it. */
  public boolean stored() {
    return spoolEntry != null;
  }

  /** Called once, when the message is durable. */
  public void stored(SpoolEntry entry) {
    spoolEntry = entry;
    aside = null;
    rewritten();
  }

  /**
   * Whether the spool has another binding, priority or dictionary than this. Policy that gets the
   * message after it was stored may have set one.
   */
  public boolean changed() {
    return (flags & CHANGED) != 0 || isChanged(dictionary) || isChanged(dictionaryOfConnection);
  }

  private static boolean isChanged(Object dictionary) {
    return dictionary instanceof Context context && context.isChanged();
  }

  /** The spool has all of it. */
  public void rewritten() {
    flag(CHANGED, false);
    markUnchanged(dictionary);
    markUnchanged(dictionaryOfConnection);
  }

  private static void markUnchanged(Object dictionary) {
    if (dictionary instanceof Context context) {
      context.markUnchanged();
    }
  }

  /** When the next attempt is due, milliseconds since 1970; 0: at once. */
  public long nextAttemptMillis() {
    return nextAttemptMillis;
  }

  /** What the last attempt was told; empty before the first. */
  public String lastReply() {
    return lastReply;
  }

  /** Takes {@code common}'s copies of texts that other messages have too. */
  void share(UnaryOperator<String> common) {
    bindingGroup = common.apply(bindingGroup);
    binding = common.apply(binding);
    lastReply = common.apply(lastReply);
    sourceAddress = common.apply(sourceAddress);
    protocol = common.apply(protocol);
  }

  /** How far the warnings of its delay have come; 0 before the first. */
  public int warnings() {
    return warnings;
  }

  /** Sets how far they have come; the dictionary is the caller's business. */
  public void warnings(int count) {
    warnings = (byte) Math.clamp(count, 0, Byte.MAX_VALUE);
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

  /** Whether it is a report whose own failure is not reported. */
  public boolean report() {
    return (flags & IS_REPORT) != 0;
  }

  /** Marks it as such a report; its dictionary, and with it the spool, says so too. */
  public void markReport(String why) {
    context().set(REPORT, why);
    flag(IS_REPORT, true);
  }

  /** Moves it to the queues of {@code domain}; its dictionary, and with it the spool, says so. */
  public void reroute(String domain) {
    context().set(ROUTING_DOMAIN, domain);
    flag(REROUTED, true);
  }

  /** The domain that an operator moved it to, where one did; its dictionaries must be here. */
  public Optional<String> reroutedTo() {
    return (flags & REROUTED) == 0 ? Optional.empty() : ofMessage().get(ROUTING_DOMAIN);
  }

  @Override
  public boolean requireTls() {
    return dictionary instanceof Context c
        ? c.get(REQUIRE_TLS).isPresent()
        : (flags & REQUIRES_TLS) != 0;
  }

  /** Whether it was delivered, failed or dropped. */
  public boolean gone() {
    return (flags & GONE) != 0;
  }

  /** It is finished with. */
  public void finished() {
    flag(GONE, true);
  }

  /** What its next attempt, and the spool, know of earlier ones. */
  public AttemptState attemptState() {
    return new AttemptState(retries, nextAttemptMillis, lastReply);
  }

  /** An attempt is answered for. */
  public void attemptedOver(AttemptedOver connection) {
    aside = connection;
  }

  /** The connection of the attempt that was just answered for. */
  public AttemptedOver attemptedOver() {
    return aside instanceof AttemptedOver connection ? connection : AttemptedOver.NONE;
  }

  /** Records an attempt that failed transiently. */
  public void delayed(AttemptState state) {
    aside = null;
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
    Context c = ofMessage();
    if (!leftToSpool()) {
      dictionary = c;
    }
    return c;
  }

  @Override
  public Context connectionContext() {
    Context c = ofConnection();
    if (!leftToSpool()) {
      dictionaryOfConnection = c;
    }
    return c;
  }

  /** The message dictionary as it is now; what is left to the spool is not in it. */
  public Context copyOfContext() {
    return ofMessage().copy();
  }

  /** The connection dictionary as it is now; what is left to the spool is not in it. */
  public Context copyOfConnectionContext() {
    return ofConnection().copy();
  }

  private Context ofMessage() {
    if (dictionary instanceof Context c) {
      return c;
    }
    Parties both = parties();
    Context rebuilt =
        WaitingDictionaries.message(
            (String[]) dictionary, leftOut, both.sender(), both.recipient());
    rebuilt.markUnchanged();
    return rebuilt;
  }

  private Context ofConnection() {
    if (dictionaryOfConnection instanceof Context c) {
      return c;
    }
    Context rebuilt =
        WaitingDictionaries.connection((String[]) dictionaryOfConnection, leftOutOfConnection);
    rebuilt.markUnchanged();
    return rebuilt;
  }

  /**
   * Takes dictionaries over from the session. The connection's is the session's own until the
   * message is queued: what policy sets in it while it looks at a message it sets for the
   * connection.
   */
  public void contexts(Context message, Context connection) {
    dictionary = message;
    dictionaryOfConnection = connection;
  }

  /** Gives the dictionaries up for the form in which they wait; called when it is queued. */
  public void settle(WaitingDictionaries dictionaries) {
    if (spoolEntry != null && changed()) {
      flag(CHANGED, true);
    }
    if (dictionary instanceof Context c) {
      flag(REQUIRES_TLS, c.get(REQUIRE_TLS).isPresent());
      Parties both = parties();
      WaitingDictionaries.Rest rest = dictionaries.message(c, both.sender(), both.recipient());
      leftOut = (byte) rest.leftOut();
      dictionary = rest.pairs();
    }
    if (dictionaryOfConnection instanceof Context c) {
      WaitingDictionaries.Rest rest = dictionaries.connection(c);
      leftOutOfConnection = rest.leftOut();
      dictionaryOfConnection = rest.pairs();
    }
  }
}
