package org.impetusmta.tls;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.impetusmta.api.config.OptionValue;

/**
 * TLS versions as {@code tls_protocols} names them, {@code +ALL:-TLSv1.3}. Versions before TLS 1.2
 * may be named, but are never spoken (RFC 8996). Immutable. Source: config.tls_protocols.
 *
 * @param names the versions that are spoken; not empty
 */
@OptionValue(expected = "TLS versions like +ALL:-TLSv1.2")
public record ProtocolList(List<String> names) {
  private static final List<String> SPOKEN = List.of("TLSv1.2", "TLSv1.3");
  private static final Set<String> OLD = Set.of("SSLV2", "SSLV3", "TLSV1", "TLSV1.0", "TLSV1.1");

  public ProtocolList {
    names = List.copyOf(names);
  }

  /** Reads a list. */
  public static ProtocolList parse(String text) {
    Set<String> spoken = new LinkedHashSet<>();
    for (String element : text.strip().split(":", -1)) {
      boolean minus = element.startsWith("-");
      String word = minus || element.startsWith("+") ? element.substring(1) : element;
      List<String> meant = meant(word);
      if (minus) {
        meant.forEach(spoken::remove);
      } else {
        spoken.addAll(meant);
      }
    }
    if (spoken.isEmpty()) {
      throw new IllegalArgumentException("neither TLSv1.2 nor TLSv1.3 is left");
    }
    List<String> ordered = new ArrayList<>(SPOKEN);
    ordered.retainAll(spoken);
    return new ProtocolList(ordered);
  }

  private static List<String> meant(String word) {
    String name = word.toUpperCase(Locale.ROOT);
    if (name.equals("ALL")) {
      return SPOKEN;
    }
    if (OLD.contains(name)) {
      return List.of();
    }
    for (String version : SPOKEN) {
      if (version.equalsIgnoreCase(word)) {
        return List.of(version);
      }
    }
    throw new IllegalArgumentException(
        "unknown version \"" + word + "\", known: ALL, SSLv2, SSLv3, TLSv1.0 to TLSv1.3");
  }

  /** Whether TLS 1.3 is the only one. */
  boolean only13() {
    return names.equals(List.of("TLSv1.3"));
  }

  boolean with13() {
    return names.contains("TLSv1.3");
  }
}
