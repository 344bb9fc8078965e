package org.impetusmta.api.queue;

/** What a delivery status notification tells: the Action field of RFC 3464 section 2.3.3. */
public enum DsnAction {
  /** The message was not delivered and will not be: a bounce. */
  FAILED,
  /** The message was not delivered yet and is still attempted: a warning. */
  DELAYED,
  /** The message is in its mailbox. */
  DELIVERED,
  /** The message was handed on to a host that makes no reports. */
  RELAYED
}
