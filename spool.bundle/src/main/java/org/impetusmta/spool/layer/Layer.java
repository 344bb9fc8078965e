package org.impetusmta.spool.layer;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;

/** A spool that hands on to another whatever it does not do itself. As concurrent as the other. */
public abstract class Layer implements Spool {
  private final Spool below;

  /**
   * @param below what the rest is handed on to
   */
  protected Layer(Spool below) {
    this.below = below;
  }

  @Override
  public void store(
      List<Envelope> envelopes,
      AttemptState state,
      Body body,
      EventLoop loop,
      StoreListener listener) {
    below.store(envelopes, state, body, loop, listener);
  }

  @Override
  public void update(SpoolEntry entry, AttemptState state) {
    below.update(entry, state);
  }

  @Override
  public void rewrite(SpoolEntry entry, Envelope envelope, AttemptState state) {
    below.rewrite(entry, envelope, state);
  }

  @Override
  public void swapOut(SpoolEntry entry) {
    below.swapOut(entry);
  }

  @Override
  public void unlink(SpoolEntry entry) {
    below.unlink(entry);
  }

  @Override
  public Body read(SpoolEntry entry) throws IOException {
    return below.read(entry);
  }

  @Override
  public Envelope envelope(SpoolEntry entry) throws IOException {
    return below.envelope(entry);
  }

  @Override
  public Body swapIn(SpoolEntry entry) throws IOException {
    return below.swapIn(entry);
  }

  @Override
  public boolean sharesBody(SpoolEntry one, SpoolEntry other) {
    return below.sharesBody(one, other);
  }

  @Override
  public Recovery recover(RecoveryListener listener) throws IOException {
    return below.recover(listener);
  }

  @Override
  public Optional<Found> find(MessageId id) throws IOException {
    return below.find(id);
  }

  @Override
  public void sync() throws IOException {
    below.sync();
  }

  @Override
  public boolean writable() {
    return below.writable();
  }

  @Override
  public Statistics statistics() {
    return below.statistics();
  }
}
