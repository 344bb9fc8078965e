package org.impetusmta.api.delivery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.OutboundTls;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The core's side of an outbound connection: what it is for, where its mail comes from, and who is
 * told what became of each message. A connection belongs to (binding, domain), not to a message: it
 * pulls for as long as it lives. Every message taken with {@link #next} or {@link #sibling} must be
 * answered with exactly one of {@link #delivered}, {@link #failed} or {@link #giveBack}, before
 * {@link #closed}. Confined to {@link #loop}.
 */
@ProviderType
public interface Delivery {
  /** The loop that owns the queue; the connection's channel must live on it. */
  EventLoop loop();

  /** The routing domain; another one once {@link DeliveryConnection#mayServe} was answered yes. */
  String domain();

  /** The binding. */
  String binding();

  /** The group of the binding; empty where it is in none. */
  String bindingGroup();

  /** The host's name as routing found it, or its address as text. */
  String host();

  /**
   * The domain whose MX or address records named {@link #host}, to which its MTA-STS policy
   * belongs; empty where the configuration named the host (a gateway, an address literal).
   */
  default Optional<String> policyDomain() {
    return Optional.of(domain());
  }

  /** Whether DNSSEC proves every name on the way to {@link #address} (RFC 7672 section 2.2). */
  boolean secureRoute();

  /** The address of this machine to connect from ({@code bind_address}); empty: any. */
  Optional<InetAddress> sourceAddress();

  /**
   * {@link #sourceAddress} could not be bound. Called before {@link #closed}, which then does not
   * count against the host: the binding is suspended until its address can be used.
   */
  default void sourceUnavailable() {}

  /** Where to connect. */
  InetSocketAddress address();

  /**
   * The values of the method's option set for this binding and domain in the generation in force.
   */
  <T extends Record> T options(Class<T> type);

  /**
   * Who follows the dialogue; asked before each message. Costs next to nothing where nobody does.
   */
  default Optional<DialogueTrace> trace() {
    return Optional.empty();
  }

  /** The connection is established (TCP). */
  void connected();

  /**
   * What came of TLS, before the first message is taken; replaces what was said before. Not called
   * by methods that know no TLS.
   */
  default void tls(OutboundTls tls) {}

  /**
   * The next message, its body resident; empty when there is none now. The core then wakes the
   * connection when there is.
   */
  Optional<Message> next();

  /**
   * Another message that may leave in one transaction with {@code first}, the one that {@link
   * #next} gave last: it is of the same reception, has the same sender and the same octets, and
   * waits next. At most {@code max_recipients_per_batch} in all are given, {@code first} among
   * them; each must be answered for itself.
   */
  Optional<Message> sibling(Message first);

  /**
   * The peer was told what the sender wants to hear (RFC 3461) and reports from there on. Called
   * before {@link #delivered}.
   */
  default void reportsTaken(Message message) {}

  /** The peer took responsibility for {@code message} with {@code reply} (2xx). */
  void delivered(Message message, Reply reply, int bytes);

  /** The attempt failed with {@code reply}: 4xx transient, 5xx permanent. */
  void failed(Message message, Stage stage, Reply reply, int bytes);

  /**
   * The message was not attempted at all: it goes back to the head of its queue and counts no
   * retry.
   */
  void giveBack(Message message);

  /**
   * The way to the host failed, not the host: it does not count as failed whatever {@link #closed}
   * says next.
   */
  default void hostIsBlameless() {}

  /**
   * The connection is gone. Called exactly once.
   *
   * @param stage where it ended
   * @param cause why, where it was not a proper end: the host counts as failed for {@code
   *     host_failure_retry}
   */
  void closed(Stage stage, Optional<Reply> cause);
}
