package org.impetusmta.api.message;

/**
 * A message is larger than {@code legacy_message_threshold} and was asked for in one piece. A hook
 * that lets it pass up defers the mail: 421 4.3.0.
 */
public final class MessageTooLargeException extends MessageLimitException {
  private static final long serialVersionUID = 1L;

  public MessageTooLargeException(long octets, long most) {
    super("a message of " + octets + " octets, more than legacy_message_threshold = " + most);
  }
}
