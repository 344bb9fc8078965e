package org.impetusmta.core.reception;

import java.util.regex.Pattern;
import org.impetusmta.api.config.OptionValue;

/** A name of this host in Authentication-Results (RFC 8601 section 2.5). Immutable. */
@OptionValue(expected = "a host name or a word like one")
public record AuthservId(String text) {
  private static final Pattern TOKEN =
      Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?");

  /**
   * @throws IllegalArgumentException where the text is no name
   */
  public static AuthservId parse(String text) {
    if (!TOKEN.matcher(text).matches()) {
      throw new IllegalArgumentException("expected a host name or a word like one");
    }
    return new AuthservId(text);
  }

  @Override
  public String toString() {
    return text;
  }
}
