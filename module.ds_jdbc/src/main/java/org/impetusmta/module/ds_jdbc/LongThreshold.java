package org.impetusmta.module.ds_jdbc;

import org.impetusmta.api.config.OptionValue;

/**
 * {@code long_threshold}, which told the ODBC driver from what size on a column is read in pieces.
 * JDBC drivers know that themselves, so whoever says it hears that.
 */
@OptionValue(expected = "no long_threshold, or 0")
public record LongThreshold() {
  /** Refuses every value but 0, which means no threshold. */
  public static LongThreshold parse(String text) {
    if (text.strip().equals("0")) {
      return new LongThreshold();
    }
    throw new IllegalArgumentException(
        "JDBC drivers know by themselves which values are long; take the option out");
  }
}
