package org.impetusmta.spool.offline;

import java.io.IOException;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;

/**
 * A message as it lies in a spool. Immutable.
 *
 * @param bodyLength octets of the body in wire form
 * @param source reads the body
 */
public record StoredMessage(
    Envelope envelope, AttemptState state, int bodyLength, BodySource source) {
  /** Reads a body. */
  @FunctionalInterface
  public interface BodySource {
    /**
     * Reads it anew each time. Blocks.
     *
     * @throws SpoolException when it is damaged or missing; names the file
     */
    EncodedBody read() throws IOException;
  }

  /**
   * Reads the body. Blocks.
   *
   * @throws SpoolException when it is damaged or missing; names the file
   */
  public EncodedBody body() throws IOException {
    return source.read();
  }
}
