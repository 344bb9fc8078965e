package org.impetusmta.api.policy;

import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Converts octets between character sets and UTF-8; an OSGi service of module icu. Names are those
 * of the IANA registry and their aliases, in any case. Concurrent. Source: modules.icu.
 */
@ProviderType
public interface CharsetConversion {
  /** Whether a character set of that name is known. */
  boolean knows(String charset);

  /** The names of all that are known, one for each. */
  Set<String> names();

  /**
   * The text that octets are.
   *
   * @param strict whether octets that mean nothing are an error, rather than U+FFFD
   * @throws IllegalArgumentException where there is no such character set, or the octets are none
   *     of its text
   */
  String decode(byte[] octets, String charset, boolean strict);

  /**
   * The octets of a text.
   *
   * @param strict whether a character that cannot be expressed is an error, rather than its
   *     replacement
   * @throws IllegalArgumentException where there is no such character set, or it cannot express the
   *     text
   */
  byte[] encode(String text, String charset, boolean strict);

  /** {@link #decode}, and UTF-8 of it. */
  byte[] toUtf8(byte[] octets, String charset, boolean strict);
}
