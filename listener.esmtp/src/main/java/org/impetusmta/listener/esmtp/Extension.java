package org.impetusmta.listener.esmtp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.reception.Reception.Limits;

/**
 * What EHLO can offer, under the names that {@code SMTP_Extensions} lists; modules add to it
 * ({@link ModuleVerbs}). What gives the client trust, or lets it change how others' mail fares, is
 * not offered unless it is listed.
 */
enum Extension {
  /** RFC 2920. */
  PIPELINING("PIPELINING", true),
  /** RFC 1870. */
  SIZE("SIZE", true),
  /** RFC 6152. */
  EIGHT_BIT_MIME("8BITMIME", true),
  /** RFC 2034. */
  ENHANCED_STATUS_CODES("ENHANCEDSTATUSCODES", true),
  /** RFC 3207. */
  STARTTLS("STARTTLS", true),
  /** RFC 4954; with mechanisms behind it, {@code "AUTH LOGIN"}: see {@link AuthOffer}. */
  AUTH("AUTH", false),
  /** RFC 3461. */
  DSN("DSN", true),
  /** RFC 3030. */
  CHUNKING("CHUNKING", true),
  /** RFC 3030. */
  BINARYMIME("BINARYMIME", true),
  /** RFC 6531. */
  SMTPUTF8("SMTPUTF8", true),
  /** RFC 8689. */
  REQUIRETLS("REQUIRETLS", true),
  /** RFC 9422. */
  LIMITS("LIMITS", true),
  /** draft-hall-prdr-00. */
  PRDR("PRDR", false),
  /** RFC 4865. */
  FUTURERELEASE("FUTURERELEASE", false),
  /** RFC 2852. */
  DELIVERBY("DELIVERBY", false),
  /** RFC 6710. */
  MT_PRIORITY("MT-PRIORITY", false),
  /** Postfix XFORWARD_README. */
  XFORWARD("XFORWARD", false);

  /** Stands for {@link #DEFAULT} in a list. */
  static final String DEFAULT_WORD = "DEFAULT";

  /** Those that are offered where the option is unset. */
  static final Set<Extension> DEFAULT =
      Collections.unmodifiableSet(
          Arrays.stream(values())
              .filter(extension -> extension.byDefault)
              .collect(Collectors.toCollection(() -> EnumSet.noneOf(Extension.class))));

  private final String keyword;
  private final boolean byDefault;

  Extension(String keyword, boolean byDefault) {
    this.keyword = keyword;
    this.byDefault = byDefault;
  }

  /** The line of EHLO's reply, where this session may be told of it. */
  Optional<String> offer(EsmtpSession session) {
    return switch (this) {
      case SIZE -> {
        long largest = session.options().maxMessageSize();
        yield Optional.of(largest > 0 ? keyword + " " + largest : keyword);
      }
      case AUTH -> session.authentication().offer();
      case STARTTLS -> Optional.of(keyword).filter(_ -> session.startTls().offered());
      case REQUIRETLS -> Optional.of(keyword).filter(_ -> session.tls().isPresent());
      case LIMITS -> limits(session.inbound().limits());
      case FUTURERELEASE -> {
        Duration most = session.options().futureReleaseMaxInterval();
        yield Optional.of(
            keyword
                + " "
                + most.toSeconds()
                + " "
                + session
                    .listener()
                    .clock()
                    .instant()
                    .plus(most)
                    .toString()
                    .replaceFirst("\\.\\d+Z", "Z"));
      }
      case XFORWARD -> Optional.of(keyword + " " + String.join(" ", Forwarded.ATTRIBUTES));
      default -> Optional.of(keyword);
    };
  }

  private Optional<String> limits(Limits limits) {
    List<String> words = new ArrayList<>();
    if (limits.messages() > 0) {
      words.add("MAILMAX=" + limits.messages());
    }
    if (limits.recipients() > 0) {
      words.add("RCPTMAX=" + limits.recipients());
    }
    return words.isEmpty()
        ? Optional.empty()
        : Optional.of(keyword + " " + String.join(" ", words));
  }

  /** The EHLO keyword. */
  String keyword() {
    return keyword;
  }

  /**
   * Those of a list.
   *
   * @throws ConfigException when one of them is not known, or one that it needs is missing
   */
  static Set<Extension> parse(List<String> keywords) throws ConfigException {
    Set<Extension> found = EnumSet.noneOf(Extension.class);
    for (String word : keywords) {
      if (word.equalsIgnoreCase(DEFAULT_WORD)) {
        found.addAll(DEFAULT);
        continue;
      }
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
    require(found, BINARYMIME, CHUNKING);
    require(found, SMTPUTF8, EIGHT_BIT_MIME);
    return found;
  }

  private static void require(Set<Extension> found, Extension one, Extension needed)
      throws ConfigException {
    if (found.contains(one) && !found.contains(needed)) {
      throw new ConfigException(
          "SMTP_Extensions: %s needs %s beside it".formatted(one.keyword, needed.keyword));
    }
  }
}
