package org.impetusmta.spool.offline;

import java.io.IOException;

/** Told what lies in a spool. */
public interface Findings {
  /** A message whose metadata is whole; its body is looked at when it is asked for. */
  void message(StoredMessage message) throws IOException;

  /**
   * Something is not as it was written, or belongs to no message.
   *
   * @param name message id, or file and offset where no id can be read
   */
  void fault(Fault fault, String name, String reason);

  /** What may be wrong. */
  enum Fault {
    /** Envelope, state or record head are damaged. */
    META,
    /** The body is damaged or missing. */
    BODY,
    /** A file that belongs to no message: left of a store or a removal that was cut short. */
    ORPHAN,
    /** The end of a file that was being written when the process ended, or is being written. */
    TAIL
  }
}
