package org.impetusmta.module.seedlist;

import org.impetusmta.api.hook.SeedlistGenerateSeed;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;

/** A copy for one seed, until it is submitted. Single. */
final class SeedCopy implements SeedlistGenerateSeed.Seed {
  private final Address recipient;
  private final Context context = new Context();
  private Address sender;
  private Body body;

  SeedCopy(Address recipient, Address sender, Body body) {
    this.recipient = recipient;
    this.sender = sender;
    this.body = body;
  }

  @Override
  public Address recipient() {
    return recipient;
  }

  @Override
  public Address sender() {
    return sender;
  }

  @Override
  public void sender(Address other) {
    sender = other;
  }

  @Override
  public Body body() {
    return body;
  }

  @Override
  public void body(Body other) {
    body = other;
  }

  @Override
  public Context context() {
    return context;
  }
}
