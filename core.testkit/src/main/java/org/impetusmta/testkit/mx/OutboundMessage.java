package org.impetusmta.testkit.mx;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;

/** A message to be delivered, made of values. Thread-safety: read-only but for its dictionaries. */
public final class OutboundMessage implements Message {
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final MessageId id = MessageId.of(COUNTER.incrementAndGet(), 4711, 1_064_871_280);
  private MessageId batchId = id;
  private final Address sender;
  private final Address recipient;
  private final Body body;
  private final boolean eightBitMime;
  private final String protocol;
  private final Context context = new Context();
  private final Context connectionContext = new Context();

  private OutboundMessage(
      Address sender, Address recipient, Body body, boolean eightBitMime, String protocol) {
    this.sender = sender;
    this.recipient = recipient;
    this.body = body;
    this.eightBitMime = eightBitMime;
    this.protocol = protocol;
  }

  /** Mail from {@code sender@source.example} to {@code recipient}. */
  public static OutboundMessage to(String recipient, String body) {
    return new OutboundMessage(
        Address.of("sender@source.example"),
        Address.of(recipient),
        Body.of(body.getBytes(StandardCharsets.ISO_8859_1)),
        false,
        "esmtp");
  }

  /** As many messages of one batch, with one body, to r0, r1, … at destination.example. */
  public static OutboundMessage[] batch(int count, String body) {
    OutboundMessage first = to("r0@destination.example", body);
    OutboundMessage[] batch = new OutboundMessage[count];
    for (int i = 0; i < count; i++) {
      batch[i] = to("r" + i + "@destination.example", "").withBody(first.body);
      batch[i].batchId = first.id;
    }
    return batch;
  }

  public OutboundMessage from(Address other) {
    return new OutboundMessage(other, recipient, body, eightBitMime, protocol);
  }

  /** The same message, in the same batch, to somebody else. */
  public OutboundMessage to(Address other) {
    OutboundMessage copy = new OutboundMessage(sender, other, body, eightBitMime, protocol);
    copy.batchId = batchId;
    return copy;
  }

  /** The same message, in the same batch, with other octets. */
  public OutboundMessage withBody(Body other) {
    OutboundMessage copy = new OutboundMessage(sender, recipient, other, eightBitMime, protocol);
    copy.batchId = batchId;
    return copy;
  }

  public OutboundMessage declared8BitMime() {
    return new OutboundMessage(sender, recipient, body, true, protocol);
  }

  /** As if it had come by {@code other}, {@code internal} for example. */
  public OutboundMessage by(String other) {
    return new OutboundMessage(sender, recipient, body, eightBitMime, other);
  }

  @Override
  public MessageId id() {
    return id;
  }

  @Override
  public MessageId batchId() {
    return batchId;
  }

  @Override
  public MessageId connectionId() {
    return MessageId.NONE;
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
    return "unknown";
  }

  @Override
  public String protocol() {
    return protocol;
  }

  @Override
  public long receivedMillis() {
    return 1_064_871_280_000L;
  }

  @Override
  public int size() {
    return body.length();
  }

  @Override
  public boolean eightBitMime() {
    return eightBitMime;
  }

  @Override
  public boolean priority() {
    return false;
  }

  @Override
  public void setPriority(boolean first) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int retries() {
    return 0;
  }

  @Override
  public String bindingGroup() {
    return "default";
  }

  @Override
  public String binding() {
    return "default";
  }

  @Override
  public void setBinding(String bindingGroup, String binding) {
    throw new IllegalStateException("setBinding outside set_binding");
  }

  @Override
  public Body body() {
    return body;
  }

  @Override
  public void setBody(Body body) {
    throw new IllegalStateException("setBody after store");
  }

  @Override
  public Context context() {
    return context;
  }

  @Override
  public Context connectionContext() {
    return connectionContext;
  }

  @Override
  public String toString() {
    return id + " to " + recipient;
  }
}
