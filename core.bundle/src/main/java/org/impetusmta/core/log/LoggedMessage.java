package org.impetusmta.core.log;

import java.io.IOException;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A message as it was when something happened to it, for loggers that look at more of it than its
 * envelope ({@link org.impetusmta.api.hook.LogDetails}). What was not in memory then is read from
 * the spool by whoever asks for it, if it still is there. Made on the message's loop; concurrent
 * but for its dictionaries, which nobody may change.
 */
final class LoggedMessage implements Message {
  private static final Logger LOG = LoggerFactory.getLogger(LoggedMessage.class);

  private final MailMessage message;
  private final @Nullable Spool spool;
  private final @Nullable SpoolEntry entry;
  private final int size;
  private final int retries;
  private final boolean priority;
  private final String bindingGroup;
  private final String binding;
  private @Nullable Context context;
  private @Nullable Context connectionContext;
  private @Nullable Body body;
  private final @Nullable Body resident;

  /**
   * @param spool where to look for what is not in memory; null: nowhere
   * @param bodies whether the body may be asked for
   */
  LoggedMessage(MailMessage message, @Nullable Spool spool, boolean bodies) {
    this.message = message;
    this.spool = spool;
    this.entry = message.stored() ? message.spoolEntry() : null;
    this.size = message.size();
    this.retries = message.retries();
    this.priority = message.priority();
    this.bindingGroup = message.bindingGroup();
    this.binding = message.binding();
    if (!message.leftToSpool()) {
      context = message.copyOfContext();
      connectionContext = message.copyOfConnectionContext();
    }
    Body here = bodies && message.resident() ? message.body() : null;
    if (here != null) {
      here.hold();
    }
    this.resident = here;
    this.body = here;
  }

  /** All loggers have seen it. */
  void done() {
    Body kept = resident;
    if (kept != null) {
      kept.letGo(); // who goes on with it holds it
    }
  }

  @Override
  public synchronized Body body() {
    Body known = body;
    if (known == null) {
      Spool from = spool;
      SpoolEntry where = entry;
      if (from == null || where == null) {
        throw new IllegalStateException("the body of " + id() + " is gone");
      }
      try {
        known = from.read(where);
      } catch (IOException e) {
        throw new IllegalStateException("the body of " + id() + " is gone: " + e.getMessage(), e);
      }
      body = known;
    }
    return known;
  }

  @Override
  public synchronized Context context() {
    Context known = context;
    return known == null ? read().first() : known;
  }

  @Override
  public synchronized Context connectionContext() {
    Context known = connectionContext;
    return known == null ? read().second() : known;
  }

  private record Both(Context first, Context second) {}

  private Both read() {
    Context first = new Context();
    Context second = new Context();
    Spool from = spool;
    SpoolEntry where = entry;
    if (from != null && where != null) {
      try {
        Envelope envelope = from.envelope(where);
        envelope.messageContext().forEach(first::set);
        envelope.connectionContext().forEach(second::set);
      } catch (IOException e) {
        LOG.warn("the log does not have the dictionaries of {}: {}", id(), e.getMessage());
      }
    }
    context = first;
    connectionContext = second;
    return new Both(first, second);
  }

  @Override
  public MessageId id() {
    return message.id();
  }

  @Override
  public MessageId batchId() {
    return message.batchId();
  }

  @Override
  public MessageId connectionId() {
    return message.connectionId();
  }

  @Override
  public Address sender() {
    return message.sender();
  }

  @Override
  public Address recipient() {
    return message.recipient();
  }

  @Override
  public String sourceAddress() {
    return message.sourceAddress();
  }

  @Override
  public String protocol() {
    return message.protocol();
  }

  @Override
  public long receivedMillis() {
    return message.receivedMillis();
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean eightBitMime() {
    return message.eightBitMime();
  }

  @Override
  public boolean priority() {
    return priority;
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
  public void setPriority(boolean first) {
    throw changed();
  }

  @Override
  public void setBinding(String bindingGroup, String binding) {
    throw changed();
  }

  @Override
  public void setBody(Body body) {
    throw changed();
  }

  private IllegalStateException changed() {
    return new IllegalStateException("loggers cannot change message " + id());
  }

  @Override
  public String toString() {
    return id().toString();
  }
}
