package org.impetusmta.core.message;

import java.util.function.BiConsumer;
import org.impetusmta.api.message.SenderRequests;

/**
 * What the sender asked for ({@link SenderRequests}), in a form that needs no dictionary: a message
 * that waits may have left its own to the spool. Immutable.
 *
 * @param reports the value of NOTIFY; empty: not said
 * @param ret the value of RET; empty: not said
 * @param envid the value of ENVID in xtext; empty: not said
 * @param orcpt the value of ORCPT in xtext; empty: not said
 * @param holdUntilMillis when it may leave; 0: at once
 * @param deliverByMillis when it has to be delivered; {@link Long#MAX_VALUE}: not said
 * @param returned whether it fails then; else the sender is told
 * @param priority MT-PRIORITY
 */
public record Requests(
    String reports,
    String ret,
    String envid,
    String orcpt,
    long holdUntilMillis,
    long deliverByMillis,
    boolean returned,
    int priority) {

  /** Nothing. */
  public static final Requests NONE = new Requests("", "", "", "", 0, Long.MAX_VALUE, false, 0);

  /** Reads a dictionary, pair by pair, once: most have none of them. Single. */
  static final class Reading implements BiConsumer<String, String> {
    private boolean found;
    private String reports = "";
    private String ret = "";
    private String envid = "";
    private String orcpt = "";
    private long holdUntilMillis;
    private long deliverByMillis = Long.MAX_VALUE;
    private boolean returned;
    private int priority;

    @Override
    public void accept(String key, String value) {
      switch (key) {
        case SenderRequests.DSN_NOTIFY -> reports = value;
        case SenderRequests.DSN_RET -> ret = value;
        case SenderRequests.DSN_ENVID -> envid = value;
        case SenderRequests.DSN_ORCPT -> orcpt = value;
        case SenderRequests.HOLD_UNTIL -> holdUntilMillis = millis(value, 0);
        case SenderRequests.DELIVER_BY -> deliverByMillis = millis(value, Long.MAX_VALUE);
        case SenderRequests.DELIVER_BY_MODE -> returned = value.startsWith("R");
        case SenderRequests.MT_PRIORITY ->
            priority = value.matches("-?[0-9]") ? Integer.parseInt(value) : 0;
        default -> {
          return;
        }
      }
      found = true;
    }

    Requests done() {
      return found
          ? new Requests(
              reports, ret, envid, orcpt, holdUntilMillis, deliverByMillis, returned, priority)
          : NONE;
    }
  }

  /** Policy may have set anything. */
  private static long millis(String seconds, long otherwise) {
    return seconds.matches("\\d{1,12}") ? 1000 * Long.parseLong(seconds) : otherwise;
  }

  /** Whether the sender wants to hear of {@code SUCCESS}, {@code FAILURE} or {@code DELAY}. */
  public boolean wants(String event) {
    if (reports.isEmpty()) {
      return !event.equals("SUCCESS"); // RFC 3461 section 4.1: of delay and failure
    }
    return reports.contains(event);
  }
}
