package org.impetusmta.api.timing;

import java.util.Optional;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.ReceptionState;

/**
 * How long a reception took. Immutable. Source: modules.reception_timing.
 *
 * @param timeMicros when it was over, microseconds since 1970
 * @param micros since MAIL FROM; 0 where there was none
 * @param scanMicros since the end of the content; 0 where it did not come
 * @param size octets of the content; -1 where it did not begin
 * @param source {@code ip:port} of the client
 * @param destination {@code ip:port} of this end
 * @param messageId the field Message-ID, as policy left it in the variable {@code cl_MID}; or empty
 * @param state where the session stood; empty for a reception
 */
public record ReceptionTiming(
    Result result,
    long timeMicros,
    long micros,
    long scanMicros,
    long size,
    String source,
    String destination,
    String pathway,
    MessageId id,
    MessageId batchId,
    String messageId,
    Optional<ReceptionState> state) {
  /** How it ended. */
  public enum Result {
    RECEIVED("received"),
    REJECTED("rejected"),
    DISCONNECTED("unexpected disconnect");

    private final String text;

    Result(String text) {
      this.text = text;
    }

    /** The words in the log. */
    public String text() {
      return text;
    }
  }
}
