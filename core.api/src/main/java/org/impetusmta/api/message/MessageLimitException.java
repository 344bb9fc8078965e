package org.impetusmta.api.message;

/**
 * Work on a message would cost more than the server allows: parts too many or too deep, a pattern
 * that goes back too often. A hook that lets it pass up defers the mail.
 */
public class MessageLimitException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public MessageLimitException(String what) {
    super(what);
  }
}
