package org.impetusmta.api.auth;

import java.io.Serial;

/** A source of passwords or groups cannot answer now. The message is for the log. */
public class AuthException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  public AuthException(String message) {
    super(message);
  }

  public AuthException(String message, Throwable cause) {
    super(message, cause);
  }
}
