package org.impetusmta.listener.esmtp;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.config.ConfigException;

/**
 * The mechanisms that {@code SMTP_Extensions} names: {@code "AUTH LOGIN"}, {@code "AUTH PLAIN
 * SCRAM-SHA-256"}; {@code "AUTH"} alone is all that have parameters. Stateless.
 */
final class AuthOffer {
  private static final String AUTH = "AUTH";

  private AuthOffer() {}

  /** Whether a word of the list is about AUTH. */
  static boolean isAuth(String word) {
    return word.regionMatches(true, 0, AUTH, 0, AUTH.length())
        && (word.length() == AUTH.length() || word.charAt(AUTH.length()) == ' ');
  }

  /**
   * What is offered in a scope.
   *
   * @throws ConfigException when a mechanism is not known or has no parameters
   */
  static Set<AuthMechanism> of(Optional<List<String>> extensions, AuthenticationOptions options)
      throws ConfigException {
    Set<AuthMechanism> offered = EnumSet.noneOf(AuthMechanism.class);
    if (!options.enableAuthentication().orElse(true)) {
      return offered;
    }
    for (String word : extensions.orElse(List.of())) {
      if (isAuth(word)) {
        add(word.substring(AUTH.length()).strip(), options, offered);
      }
    }
    return offered;
  }

  private static void add(String names, AuthenticationOptions options, Set<AuthMechanism> offered)
      throws ConfigException {
    if (names.isEmpty()) {
      for (AuthMechanism mechanism : AuthMechanism.values()) {
        if (options.parameters(mechanism).isPresent()) {
          offered.add(mechanism);
        }
      }
      return;
    }
    for (String name : names.split("\\s+", -1)) {
      AuthMechanism mechanism =
          AuthMechanism.of(name)
              .orElseThrow(
                  () ->
                      new ConfigException(
                          "SMTP_Extensions: \"AUTH %s\" is not supported; expected some of %s"
                              .formatted(
                                  name,
                                  EnumSet.allOf(AuthMechanism.class).stream()
                                      .map(AuthMechanism::sasl)
                                      .toList())));
      if (options.parameters(mechanism).isEmpty()) {
        throw new ConfigException(
            "SMTP_Extensions: AUTH %s needs %s"
                .formatted(mechanism.sasl(), parametersOf(mechanism)));
      }
      offered.add(mechanism);
    }
  }

  private static String parametersOf(AuthMechanism mechanism) {
    return switch (mechanism) {
      case PLAIN -> "AuthPlainParameters";
      case LOGIN -> "AuthLoginParameters";
      case CRAM_MD5 -> "AuthCramMD5Parameters";
      case DIGEST_MD5 -> "AuthDigestMD5Parameters";
      case SCRAM_SHA_1, SCRAM_SHA_1_PLUS, SCRAM_SHA_256, SCRAM_SHA_256_PLUS ->
          "AuthScramParameters";
      case EXTERNAL -> "AuthExternalParameters";
      case OAUTHBEARER -> "AuthOAuthBearerParameters";
    };
  }

  /**
   * Looks at a scope before it is in force.
   *
   * @throws ConfigException when a mechanism cannot work, or is needed and none is offered, or
   *     groups cannot be looked up
   */
  static void check(
      Optional<List<String>> extensions,
      AuthenticationOptions options,
      Authentication authentication)
      throws ConfigException {
    Set<AuthMechanism> offered = of(extensions, options);
    for (AuthMechanism mechanism : offered) {
      Optional<AuthParameters> parameters = options.parameters(mechanism);
      if (parameters.isPresent()) {
        authentication.check(mechanism, parameters.get());
      }
    }
    if (options.authorization().isPresent()) {
      authentication.checkGroups(options.authorization().get());
    }
    if (options.enableAuthentication().orElse(false) && offered.isEmpty()) {
      throw new ConfigException(
          "enable_authentication = true, but SMTP_Extensions offers no \"AUTH …\"");
    }
  }
}
