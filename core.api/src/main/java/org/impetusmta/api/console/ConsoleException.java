package org.impetusmta.api.console;

import java.io.Serial;

/** A command could not be carried out. The message is for the operator. */
public class ConsoleException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  public ConsoleException(String message) {
    super(message);
  }
}
