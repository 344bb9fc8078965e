package org.impetusmta.api.config;

/**
 * The value of a throttle: so many in so many seconds, {@code 10} (in one second) or {@code
 * 600/60}; 0 is no limit. Immutable. Source: conf.ref.outbound_throttle_messages.
 *
 * @param count 0 to {@value #MOST}
 * @param seconds 1 to {@value #LONGEST}
 */
public record Rate(int count, int seconds) {
  /** The largest count. */
  public static final int MOST = 100_000_000;

  /** The longest period: a year. */
  public static final int LONGEST = 31_536_000;

  public Rate {
    if (count < 0 || count > MOST || seconds < 1 || seconds > LONGEST) {
      throw new IllegalArgumentException(
          "out of range: the number is 0 to " + MOST + ", the seconds are 1 to " + LONGEST);
    }
  }

  /**
   * Reads {@code N} or {@code N/seconds}.
   *
   * @throws IllegalArgumentException when it is neither, or out of range
   */
  public static Rate parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length > 2) {
      throw new IllegalArgumentException("more than one /");
    }
    return new Rate(number(parts[0]), parts.length == 1 ? 1 : number(parts[1]));
  }

  private static int number(String text) {
    String digits = text.strip();
    if (!digits.matches("\\d{1,9}")) {
      throw new IllegalArgumentException("\"" + digits + "\" is no whole number");
    }
    return Integer.parseInt(digits);
  }

  /** Whether it limits nothing. */
  public boolean unlimited() {
    return count == 0;
  }

  /** As it is written. */
  @Override
  public String toString() {
    return seconds == 1 ? Integer.toString(count) : count + "/" + seconds;
  }
}
