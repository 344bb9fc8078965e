package org.impetusmta.api.reception;

import java.util.List;
import java.util.OptionalLong;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.osgi.annotation.versioning.ProviderType;

/** What has been said of a message since MAIL FROM. Single: owned by the session's loop. */
@ProviderType
public interface Transaction {
  /** The connection that it takes place on. */
  AcceptConstruct connection();

  /** The id that its messages will share. */
  MessageId batchId();

  /** The reverse-path. */
  Address sender();

  /** The recipients accepted so far. */
  List<Address> recipients();

  /** The size that the client declared (RFC 1870). */
  OptionalLong declaredSize();

  /** Whether BODY=8BITMIME was declared (RFC 6152). */
  boolean eightBitMime();

  /** The message dictionary; emptied for each message. */
  Context context();
}
