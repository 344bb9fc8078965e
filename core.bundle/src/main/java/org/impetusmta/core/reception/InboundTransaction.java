package org.impetusmta.core.reception;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.Transaction;

/** What has been said since MAIL FROM. Single; owned by the session's loop. */
final class InboundTransaction implements Transaction {
  private final InboundConversation connection;
  private final MessageId batchId;
  private final Address sender;
  private final OptionalLong declaredSize;
  private final boolean eightBitMime;
  private final Context context = new Context();
  private final List<Address> recipients = new ArrayList<>(1);
  private final List<Address> recipientsView = Collections.unmodifiableList(recipients);
  private final List<String> lines = new ArrayList<>(1);

  InboundTransaction(
      InboundConversation connection,
      MessageId batchId,
      Address sender,
      OptionalLong declaredSize,
      boolean eightBitMime) {
    this.connection = connection;
    this.batchId = batchId;
    this.sender = sender;
    this.declaredSize = declaredSize;
    this.eightBitMime = eightBitMime;
  }

  /** Makes the message dictionary speak of {@code recipient}. */
  void lookingAt(Address recipient, String line) {
    describe(context, recipient, line);
  }

  /** Makes the message dictionary speak of recipient {@code index}. */
  void lookingAt(int index) {
    describe(context, recipients.get(index), lines.get(index));
  }

  private static void describe(Context context, Address recipient, String line) {
    context.set("rcptto_string", line);
    context.set("rcptto_localpart", recipient.localpart());
    context.set("rcptto_domain", recipient.domain());
  }

  /** The dictionary of recipient {@code index}'s own message. */
  Context contextOf(int index) {
    Context own = context.copy();
    describe(own, recipients.get(index), lines.get(index));
    return own;
  }

  void add(Address recipient, String line) {
    recipients.add(recipient);
    lines.add(line);
  }

  @Override
  public AcceptConstruct connection() {
    return connection;
  }

  @Override
  public MessageId batchId() {
    return batchId;
  }

  @Override
  public Address sender() {
    return sender;
  }

  @Override
  public List<Address> recipients() {
    return recipientsView;
  }

  @Override
  public OptionalLong declaredSize() {
    return declaredSize;
  }

  @Override
  public boolean eightBitMime() {
    return eightBitMime;
  }

  @Override
  public Context context() {
    return context;
  }
}
