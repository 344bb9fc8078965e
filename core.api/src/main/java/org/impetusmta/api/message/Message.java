package org.impetusmta.api.message;

import org.osgi.annotation.versioning.ProviderType;

/**
 * One envelope for one recipient, with the octets that it carries. The recipients of one
 * transaction get messages of their own that share a batch id and, until one of them is edited, the
 * body.
 *
 * <p>Ids, envelope, origin and time never change once the message is accepted and may be read by
 * any thread. Everything else is owned by the session while the message is being received, then by
 * the event loop of its queue.
 */
@ProviderType
public interface Message {
  /**
   * Message dictionary: the sender demands REQUIRETLS (RFC 8689 section 2). Any value; to be set
   * before the message is stored.
   */
  String REQUIRE_TLS = "requiretls";

  /** The id that the reply to DATA names; also names the spool record. */
  MessageId id();

  /** Shared by the messages of one transaction. */
  MessageId batchId();

  /** The connection that brought it; {@link MessageId#NONE} for mail generated here. */
  MessageId connectionId();

  /** The reverse-path. */
  Address sender();

  /** The forward-path. */
  Address recipient();

  /** The address of the client; {@code unknown} where there was none. */
  String sourceAddress();

  /** How it came: {@code esmtp}, {@code internal}, {@code ecstream}, {@code rest}, {@code xfer}. */
  String protocol();

  /** When it was accepted, milliseconds since 1970. */
  long receivedMillis();

  /** Octets of the body in wire form, resident or not. */
  int size();

  /** Whether BODY=8BITMIME was declared (RFC 6152). */
  boolean eightBitMime();

  /**
   * Whether it may leave only over verified TLS, to hosts that offer REQUIRETLS: {@link
   * #REQUIRE_TLS} in its dictionary.
   */
  default boolean requireTls() {
    return context().get(REQUIRE_TLS).isPresent();
  }

  /** Whether it goes before others in its active queue. */
  boolean priority();

  /**
   * Puts it before others, or not, when it next enters an active queue. Stored if it is set before
   * the message is.
   */
  void setPriority(boolean first);

  /** Delivery attempts that failed transiently so far. */
  int retries();

  /** The binding group assigned in set_binding. */
  String bindingGroup();

  /** The binding assigned in set_binding. */
  String binding();

  /**
   * Assigns binding group and binding; for {@code ValidateSetBinding} hooks. An empty binding
   * leaves it to the server, or to a {@code BindingGroupChooseBinding} hook, which member of the
   * group it is.
   *
   * @throws IllegalStateException outside the set_binding phase
   */
  void setBinding(String bindingGroup, String binding);

  /**
   * The octets.
   *
   * @throws IllegalStateException when they are not resident; hooks are only called with a resident
   *     body
   */
  Body body();

  /**
   * Replaces the octets of this message alone.
   *
   * @throws IllegalStateException after the message was stored
   */
  void setBody(Body body);

  /** The message dictionary. */
  Context context();

  /** The connection dictionary as it was when the message was accepted. */
  Context connectionContext();
}
