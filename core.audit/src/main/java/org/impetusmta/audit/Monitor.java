package org.impetusmta.audit;

import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.config.ConfigException;

/**
 * Windows of a length, as options and the console have them: {@code 300,6}. Immutable.
 *
 * @param interval seconds
 */
public record Monitor(int interval, int windows) {
  /**
   * Reads one; blanks may stand around the numbers.
   *
   * @throws IllegalArgumentException where it is none
   */
  public static Monitor parse(String text) {
    String[] parts = text.split(",", -1);
    if (parts.length == 2
        && parts[0].strip().matches("[1-9]\\d{0,8}")
        && parts[1].strip().matches("[1-9]\\d{0,8}")) {
      Monitor monitor =
          new Monitor(Integer.parseInt(parts[0].strip()), Integer.parseInt(parts[1].strip()));
      if (monitor.windows <= SeriesDefinition.MOST_WINDOWS) {
        return monitor;
      }
    }
    throw new IllegalArgumentException(
        "\"%s\": expected \"window-size,number-of-windows\", seconds and 1 to %d"
            .formatted(text, SeriesDefinition.MOST_WINDOWS));
  }

  /** Reads the option; the same twice is one. */
  public static List<Monitor> parse(String module, List<String> texts) throws ConfigException {
    List<Monitor> monitors = new ArrayList<>();
    for (String text : texts) {
      try {
        Monitor monitor = parse(text);
        if (!monitors.contains(monitor)) {
          monitors.add(monitor);
        }
      } catch (IllegalArgumentException e) {
        throw new ConfigException("in " + module + ": monitors = " + e.getMessage(), e);
      }
    }
    return List.copyOf(monitors);
  }

  @Override
  public String toString() {
    return interval + "," + windows;
  }
}
