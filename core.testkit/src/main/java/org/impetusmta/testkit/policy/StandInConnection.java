package org.impetusmta.testkit.policy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.AuthenticationResult;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.reception.ValidationContext;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.InboundTls;

/** A connection that a test asks a module about. Single. */
public final class StandInConnection implements AcceptConstruct, ValidationContext {
  private final EventLoop loop;
  private final InetAddress client;
  private final Context context = new Context();
  private final List<Runnable> early = new ArrayList<>();
  private List<String> banner = List.of();
  private String ehloDomain = "";
  private boolean talked;

  /**
   * @param client the address that it comes from, port 40000; this end is 192.0.2.25:25
   */
  public StandInConnection(EventLoop loop, String client) {
    this.loop = loop;
    this.client = InetAddress.ofLiteral(client);
  }

  /** The client greets. */
  public StandInConnection ehlo(String domain) {
    ehloDomain = domain;
    return this;
  }

  /** The client speaks before it is greeted. */
  public void talkEarly() {
    talked = true;
    early.forEach(Runnable::run);
    early.clear();
  }

  /** What policy wants it greeted with. */
  public List<String> banner() {
    return banner;
  }

  /** A transaction on it. */
  public Transaction transaction(String sender) {
    Context dictionary = new Context();
    Address from = sender.isEmpty() ? Address.NULL : Address.of(sender);
    return new Transaction() {
      @Override
      public AcceptConstruct connection() {
        return StandInConnection.this;
      }

      @Override
      public MessageId batchId() {
        return MessageId.NONE;
      }

      @Override
      public Address sender() {
        return from;
      }

      @Override
      public List<Address> recipients() {
        return List.of();
      }

      @Override
      public OptionalLong declaredSize() {
        return OptionalLong.empty();
      }

      @Override
      public boolean eightBitMime() {
        return false;
      }

      @Override
      public Context context() {
        return dictionary;
      }
    };
  }

  @Override
  public void whenTalkedEarly(Runnable task) {
    if (talked) {
      task.run();
    } else {
      early.add(task);
    }
  }

  @Override
  public void banner(List<String> lines) {
    banner = List.copyOf(lines);
  }

  @Override
  public MessageId id() {
    return MessageId.NONE;
  }

  @Override
  public String protocol() {
    return "esmtp";
  }

  @Override
  public String remote() {
    return client.getAddress().length == 4
        ? client.getHostAddress() + ":40000"
        : "[" + client.getHostAddress() + "]:40000";
  }

  @Override
  public String local() {
    return "192.0.2.25:25";
  }

  @Override
  public Optional<InetAddress> remoteAddress() {
    return Optional.of(client);
  }

  @Override
  public Generation generation() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Context context() {
    return context;
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public ValidationContext validation() {
    return this;
  }

  @Override
  public String ehloDomain() {
    return ehloDomain;
  }

  @Override
  public Optional<InboundTls> tls() {
    return Optional.empty();
  }

  @Override
  public void setCode(Reply reply) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<Reply> code() {
    return Optional.empty();
  }

  @Override
  public void disconnect(Reply reply) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void tarpit(Duration time) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean canModifyRecipients() {
    return false;
  }

  @Override
  public List<Address> recipients() {
    return List.of();
  }

  @Override
  public boolean addRecipient(Address recipient, boolean unique) {
    throw new IllegalStateException();
  }

  @Override
  public boolean removeRecipient(Address recipient) {
    throw new IllegalStateException();
  }

  @Override
  public boolean replaceRecipient(Address recipient, List<Address> by) {
    throw new IllegalStateException();
  }

  @Override
  public void replaceRecipients(List<Address> recipients) {
    throw new IllegalStateException();
  }

  @Override
  public void addResult(AuthenticationResult result) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<AuthenticationResult> results() {
    return List.of();
  }
}
