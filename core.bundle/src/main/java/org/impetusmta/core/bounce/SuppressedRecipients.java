package org.impetusmta.core.bounce;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * Addresses that are never taken for the original recipient of a report: whole ones, and domains
 * behind {@code @}. Immutable. Source: conf.ref.bounce_suppress_list.
 */
public final class SuppressedRecipients {
  private final Set<String> all;

  private SuppressedRecipients(Set<String> all) {
    this.all = Set.copyOf(all);
  }

  /** The option. */
  @OptionSet(Scopes.GLOBAL)
  public record Options(
      @Option(
              doc =
                  "Addresses and @domains that are never taken for the original recipient of a"
                      + " report")
          Optional<String> bounceSuppressList) {}

  /**
   * What the option says.
   *
   * @throws IllegalArgumentException when an item is neither an address nor a domain behind
   *     {@code @}
   */
  public static SuppressedRecipients of(Options options) {
    Set<String> all = new HashSet<>();
    for (String item : options.bounceSuppressList().orElse("").split(",", -1)) {
      String one = item.strip().toLowerCase(Locale.ROOT);
      int at = one.lastIndexOf('@');
      if (!one.isEmpty() && (at < 0 || !one.substring(at + 1).matches("[\\p{L}\\p{N}_.-]+"))) {
        throw new IllegalArgumentException(
            "found \"" + item.strip() + "\", expected an address or @domain");
      }
      all.add(one);
    }
    all.remove("");
    return new SuppressedRecipients(all);
  }

  /**
   * Looks at what no option type can.
   *
   * @throws ConfigException when the option cannot be read
   */
  public static void check(Options options, String where) throws ConfigException {
    try {
      of(options);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(where + ": bounce_suppress_list: " + e.getMessage(), e);
    }
  }

  /** Whether {@code address} is on the list, itself or its domain. */
  boolean contains(String address) {
    String lower = address.toLowerCase(Locale.ROOT);
    return all.contains(lower) || all.contains(lower.substring(lower.lastIndexOf('@')));
  }
}
