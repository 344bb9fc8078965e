package org.impetusmta.api.audit;

import java.util.Optional;

/** What the keys of an audit series are. Source: lua.ref.msys.audit_series.define. */
public enum SeriesType {
  /** IPv4 addresses and blocks. */
  CIDR("cidr"),
  /** IPv6 addresses and blocks. */
  CIDR_IPV6("cidr_ipv6"),
  /** Any text. */
  STRING("string");

  private final String text;

  SeriesType(String text) {
    this.text = text;
  }

  /** The word that scripts and files have for it. */
  public String text() {
    return text;
  }

  /** The type of that word. */
  public static Optional<SeriesType> of(String text) {
    for (SeriesType type : values()) {
      if (type.text.equals(text)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
