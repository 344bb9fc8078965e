package org.impetusmta.jlog;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** A record of a journal: what one write gave, octet by octet. Immutable. */
public final class JlogRecord {
  private final JlogId id;
  private final Instant time;
  private final byte[] octets;

  JlogRecord(JlogId id, Instant time, byte[] octets) {
    this.id = id;
    this.time = time;
    this.octets = octets;
  }

  /** Its place. */
  public JlogId id() {
    return id;
  }

  /** When it was written, by the writer's clock, in microseconds. */
  public Instant time() {
    return time;
  }

  /** A copy of what was written; a line of a log has its LF. */
  public byte[] octets() {
    return octets.clone();
  }

  /** What was written, as UTF-8. */
  public String text() {
    return new String(octets, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return id + " (" + octets.length + " octets)";
  }
}
