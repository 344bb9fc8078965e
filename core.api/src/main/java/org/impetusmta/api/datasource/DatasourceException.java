package org.impetusmta.api.datasource;

import java.io.Serial;

/** A source does not answer, or refuses what it is asked. Whoever asked for a client defers. */
public class DatasourceException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final boolean connectionLost;

  /** A query that the source refuses; the connection is as good as before. */
  public DatasourceException(String message) {
    super(message);
    connectionLost = false;
  }

  /**
   * Any failure.
   *
   * @param connectionLost whether the connection can be asked nothing more
   */
  public DatasourceException(String message, boolean connectionLost, Throwable cause) {
    super(message, cause);
    this.connectionLost = connectionLost;
  }

  /** Whether the connection can be asked nothing more: it is closed and the next URI asked. */
  public boolean connectionLost() {
    return connectionLost;
  }
}
