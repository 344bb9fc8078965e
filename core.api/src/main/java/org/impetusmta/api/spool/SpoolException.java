package org.impetusmta.api.spool;

import java.io.IOException;
import java.io.Serial;

/** A record of the spool is damaged or gone. The message names segment, offset and message id. */
public class SpoolException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  public SpoolException(String message) {
    super(message);
  }
}
