package org.impetusmta.listener.esmtp;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;

/** What EHLO can offer, under the names that {@code SMTP_Extensions} lists. */
enum Extension {
  PIPELINING("PIPELINING"),
  SIZE("SIZE"),
  EIGHT_BIT_MIME("8BITMIME"),
  ENHANCED_STATUS_CODES("ENHANCEDSTATUSCODES"),
  STARTTLS("STARTTLS"),
  /** With mechanisms behind it, {@code "AUTH LOGIN"}: see {@link AuthOffer}. */
  AUTH("AUTH");

  /** Those of a listener that says nothing. */
  static final Set<Extension> UNASKED =
      Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(AUTH)));

  private final String keyword;

  Extension(String keyword) {
    this.keyword = keyword;
  }

  /** The line of EHLO's reply, where this session may be told of it. */
  Optional<String> offer(EsmtpSession session) {
    if (this == AUTH) {
      return session.authentication().offer();
    }
    if (this == STARTTLS && !session.startTls().offered()) {
      return Optional.empty();
    }
    long largest = session.options().maxMessageSize();
    return Optional.of(this == SIZE && largest > 0 ? keyword + " " + largest : keyword);
  }

  /** The EHLO keyword. */
  String keyword() {
    return keyword;
  }

  /**
   * Those of a list.
   *
   * @throws ConfigException when one of them is not known
   */
  static Set<Extension> parse(List<String> keywords) throws ConfigException {
    Set<Extension> found = EnumSet.noneOf(Extension.class);
    for (String word : keywords) {
      found.add(
          Arrays.stream(values())
              .filter(
                  extension ->
                      extension.keyword.equalsIgnoreCase(word)
                          || (extension == AUTH && AuthOffer.isAuth(word)))
              .findFirst()
              .orElseThrow(
                  () ->
                      new ConfigException(
                          "SMTP_Extensions: \"%s\" is not supported; expected some of %s"
                              .formatted(
                                  word,
                                  Arrays.stream(values()).map(Extension::keyword).toList()))));
    }
    return found;
  }
}
