package org.impetusmta.core.message;

import java.util.function.Function;
import org.impetusmta.api.message.SenderRequests;
import org.jspecify.annotations.Nullable;

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

  /** Those of a dictionary; {@link #NONE} where it has none. */
  static Requests of(Function<String, @Nullable String> dictionary) {
    String reports = text(dictionary, SenderRequests.DSN_NOTIFY);
    String ret = text(dictionary, SenderRequests.DSN_RET);
    String envid = text(dictionary, SenderRequests.DSN_ENVID);
    String orcpt = text(dictionary, SenderRequests.DSN_ORCPT);
    String hold = text(dictionary, SenderRequests.HOLD_UNTIL);
    String by = text(dictionary, SenderRequests.DELIVER_BY);
    String priority = text(dictionary, SenderRequests.MT_PRIORITY);
    if (reports.isEmpty()
        && ret.isEmpty()
        && envid.isEmpty()
        && orcpt.isEmpty()
        && hold.isEmpty()
        && by.isEmpty()
        && priority.isEmpty()) {
      return NONE;
    }
    return new Requests(
        reports,
        ret,
        envid,
        orcpt,
        millis(hold, 0),
        millis(by, Long.MAX_VALUE),
        text(dictionary, SenderRequests.DELIVER_BY_MODE).startsWith("R"),
        priority.matches("-?[0-9]") ? Integer.parseInt(priority) : 0);
  }

  private static String text(Function<String, @Nullable String> dictionary, String key) {
    String value = dictionary.apply(key);
    return value == null ? "" : value;
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
