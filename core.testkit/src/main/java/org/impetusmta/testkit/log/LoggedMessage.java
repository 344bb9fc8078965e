package org.impetusmta.testkit.log;

import java.nio.charset.StandardCharsets;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;

/**
 * A message with all that a logger may read; changing it is refused.
 *
 * @param content as it goes over the wire; empty where it is gone
 */
public record LoggedMessage(
    MessageId id,
    MessageId batchId,
    MessageId connectionId,
    Address sender,
    Address recipient,
    String sourceAddress,
    String protocol,
    long receivedMillis,
    int size,
    String content,
    Context context,
    Context connectionContext)
    implements Message {

  /** Without its content, of which only the size is known, and with nothing in its dictionaries. */
  public LoggedMessage(
      MessageId id,
      MessageId batchId,
      MessageId connectionId,
      Address sender,
      Address recipient,
      String sourceAddress,
      String protocol,
      long receivedMillis,
      int size) {
    this(
        id,
        batchId,
        connectionId,
        sender,
        recipient,
        sourceAddress,
        protocol,
        receivedMillis,
        size,
        "",
        new Context(),
        new Context());
  }

  @Override
  public Body body() {
    if (content.isEmpty()) {
      throw new IllegalStateException("gone");
    }
    return Body.of(content.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public boolean eightBitMime() {
    return false;
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
    throw new UnsupportedOperationException("events have it");
  }

  @Override
  public String bindingGroup() {
    throw new UnsupportedOperationException("events have it");
  }

  @Override
  public String binding() {
    throw new UnsupportedOperationException("events have it");
  }

  @Override
  public void setBinding(String bindingGroup, String binding) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setBody(Body body) {
    throw new UnsupportedOperationException();
  }
}
