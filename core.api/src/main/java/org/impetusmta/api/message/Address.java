package org.impetusmta.api.message;

/**
 * An envelope address (RFC 5321 section 4.1.2): local part and domain as the client wrote them,
 * without angle brackets or source route. The null sender {@code <>} has both parts empty.
 * Immutable; safe for any thread.
 *
 * @param localpart the local part, in its quoted form where it was quoted
 * @param domain the domain or address literal; empty for the null sender and for {@code
 *     <postmaster>}
 */
public record Address(String localpart, String domain) {
  /** The null reverse-path. */
  public static final Address NULL = new Address("", "");

  /**
   * Splits {@code text} at its last {@code @}; the whole of it is the local part when there is none
   * or nothing follows it. {@link #toString} gives the same text.
   */
  public static Address of(String text) {
    int at = text.lastIndexOf('@');
    return at < 0 || at == text.length() - 1
        ? new Address(text, "")
        : new Address(text.substring(0, at), text.substring(at + 1));
  }

  /** Whether this is the null reverse-path. */
  public boolean isNull() {
    return localpart.isEmpty() && domain.isEmpty();
  }

  /**
   * The domain as the DNS knows it ({@link AsciiDomain}): the name of its queue unless policy
   * routes it elsewhere.
   */
  public String routingDomain() {
    return AsciiDomain.of(domain);
  }

  /**
   * {@code local@domain}; only the local part where there is no domain; empty for the null sender.
   */
  @Override
  public String toString() {
    return domain.isEmpty() ? localpart : localpart + '@' + domain;
  }
}
