package org.impetusmta.api.audit;

/**
 * What an audit series is. Immutable. Source: lua.ref.msys.audit_series.define.
 *
 * @param name 1 to 128 of letters, digits and {@code _ - . : + @ =}, none in front but a letter,
 *     digit or {@code _}: files are named for it
 * @param interval seconds of a window
 * @param windows how many windows there are, the current one among them; one more that is over is
 *     kept to be looked at
 * @param serialize whether each window is written to a file when it is over
 * @param replicate who else is told
 * @param persist whether it outlives the server
 */
public record SeriesDefinition(
    String name,
    SeriesType type,
    int interval,
    int windows,
    boolean serialize,
    Replication replicate,
    boolean persist) {
  /** Most windows of a series. */
  public static final int MOST_WINDOWS = 10_000;

  private static final int LONGEST_NAME = 128;

  public SeriesDefinition {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "an audit series has a name of 1 to 128 letters, digits and _-.:+@=");
    }
    if (interval < 1) {
      throw new IllegalArgumentException("an interval is 1 second or more, not " + interval);
    }
    if (windows < 1 || windows > MOST_WINDOWS) {
      throw new IllegalArgumentException(
          "there are 1 to " + MOST_WINDOWS + " windows, not " + windows);
    }
  }

  /** A series that is kept in memory, here alone. */
  public SeriesDefinition(String name, SeriesType type, int interval, int windows) {
    this(name, type, interval, windows, false, Replication.NONE, false);
  }

  /** Interval and windows as the configuration and the console have them: {@code 300,6}. */
  public String parameters() {
    return interval + "," + windows;
  }

  private static boolean isName(String name) {
    if (name.isEmpty() || name.length() > LONGEST_NAME) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!plain && c != '_' && (i == 0 || "-.:+@=".indexOf(c) < 0)) {
        return false;
      }
    }
    return true;
  }
}
