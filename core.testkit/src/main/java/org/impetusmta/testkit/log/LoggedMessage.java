package org.impetusmta.testkit.log;

import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;

/** A message with what a logger may read of it; anything else is refused. */
public record LoggedMessage(
    MessageId id,
    MessageId batchId,
    MessageId connectionId,
    Address sender,
    Address recipient,
    String sourceAddress,
    String protocol,
    long receivedMillis,
    int size)
    implements Message {

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
    throw new UnsupportedOperationException("not for loggers");
  }

  @Override
  public String bindingGroup() {
    throw new UnsupportedOperationException("not for loggers");
  }

  @Override
  public String binding() {
    throw new UnsupportedOperationException("not for loggers");
  }

  @Override
  public void setBinding(String bindingGroup, String binding) {
    throw new UnsupportedOperationException("not for loggers");
  }

  @Override
  public Body body() {
    throw new UnsupportedOperationException("not for loggers");
  }

  @Override
  public void setBody(Body body) {
    throw new UnsupportedOperationException("not for loggers");
  }

  @Override
  public Context context() {
    throw new UnsupportedOperationException("not for loggers");
  }

  @Override
  public Context connectionContext() {
    throw new UnsupportedOperationException("not for loggers");
  }
}
