package org.impetusmta.api.message;

/**
 * An address in a header field (RFC 5322 section 3.4), with what policy asks of it. Immutable.
 * Source: lua.ref.msgpart_address_header.
 *
 * @param name the display name, encoded words decoded; empty where there is none
 * @param localpart what stands before the {@code @}, without quotes
 * @param domain what stands behind it; empty where there is none
 */
public record HeaderAddress(String name, String localpart, String domain) {
  /** The whole address. */
  public String all() {
    return domain.isEmpty() ? localpart : localpart + '@' + domain;
  }

  /** The local part up to its first {@code +}. */
  public String user() {
    int plus = localpart.indexOf('+');
    return plus < 0 ? localpart : localpart.substring(0, plus);
  }

  /** The local part behind its first {@code +}; empty where there is none. */
  public String detail() {
    int plus = localpart.indexOf('+');
    return plus < 0 ? "" : localpart.substring(plus + 1);
  }
}
