package org.impetusmta.module.auth_ds;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.StoredPassword;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.datasource.Rows;

/**
 * Which column has the password, and how it is stored: as {@code type} says, else as the row itself
 * says in {@code type_column}, else in the clear. Immutable.
 */
final class StoredForm {
  private final String scheme;
  private final Optional<String> passwordColumn;
  private final Optional<PasswordType> type;
  private final Optional<String> typeColumn;
  private final Map<String, PasswordType> types = new HashMap<>();

  /**
   * @param where the stanza, for messages
   */
  StoredForm(String where, String scheme, Options.Authenticate options) throws ConfigException {
    this.scheme = scheme;
    this.passwordColumn = options.passwordColumn();
    this.typeColumn = options.typeColumn();
    this.type =
        options.type().isPresent()
            ? Optional.of(type(where + ": type", options.type().get()))
            : Optional.empty();
    for (Map.Entry<String, String> one : options.typeMap().orElse(Map.of()).entrySet()) {
      types.put(one.getKey(), type(where + ": type_map: " + one.getKey(), one.getValue()));
    }
    if (type.isPresent() && typeColumn.isPresent()) {
      throw new ConfigException(where + ": expected type or type_column, found both");
    }
    if (typeColumn.isEmpty() && !types.isEmpty()) {
      throw new ConfigException(where + ": type_map needs a type_column");
    }
  }

  private static PasswordType type(String where, String name) throws ConfigException {
    return PasswordType.of(name)
        .orElseThrow(
            () ->
                new ConfigException(
                    "%s = \"%s\": expected one of %s"
                        .formatted(
                            where,
                            name,
                            Arrays.stream(PasswordType.values())
                                .map(known -> known.name().toLowerCase(Locale.ROOT))
                                .map(known -> known.equals("digest_md5") ? "digest-md5" : known)
                                .collect(Collectors.joining(" ")))));
  }

  /** Whether some password of the source can be told. */
  boolean tellable() {
    return typeColumn.isPresent()
        ? types.isEmpty() || types.values().stream().anyMatch(PasswordType::tellable)
        : type.orElse(PasswordType.CLEAR).tellable();
  }

  boolean fits(Rows rows, AuthQuery asked, String secret) throws AuthException {
    Optional<String> stored = password(rows);
    if (stored.isEmpty()) {
      return false;
    }
    PasswordType form = typeOf(rows);
    try {
      return form.fits(stored.get(), asked.user(), asked.realm(), secret);
    } catch (IllegalArgumentException e) {
      throw new AuthException(
          "scheme %s: a password that is stored as %s: %s"
              .formatted(scheme, form.name().toLowerCase(Locale.ROOT), e.getMessage()),
          e);
    }
  }

  Optional<StoredPassword> told(Rows rows, AuthQuery asked) throws AuthException {
    Optional<String> stored = password(rows);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    PasswordType form = typeOf(rows);
    boolean saidToBeClear = type.isPresent() || typeColumn.isPresent();
    if (form == PasswordType.CLEAR && saidToBeClear && DsScheme.wantsDigest(asked)) {
      return Optional.of(DsScheme.digestOf(asked, stored.get()));
    }
    Optional<StoredPassword> told = form.told(stored.get(), asked.realm());
    if (told.isEmpty()) {
      throw new AuthException(
          "scheme %s: AUTH %s cannot work with a password that is stored as %s"
              .formatted(scheme, asked.mechanism().sasl(), form.name().toLowerCase(Locale.ROOT)));
    }
    return told;
  }

  /** Empty where there is no such user, or none of a user's own. */
  private Optional<String> password(Rows rows) throws AuthException {
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> found =
        passwordColumn.isPresent() ? cell(rows, passwordColumn.get()) : rows.first();
    return found.filter(password -> !password.isEmpty());
  }

  private PasswordType typeOf(Rows rows) throws AuthException {
    if (typeColumn.isEmpty()) {
      return type.orElse(PasswordType.CLEAR);
    }
    String said = cell(rows, typeColumn.get()).orElse("");
    Optional<PasswordType> found =
        types.isEmpty() ? PasswordType.of(said) : Optional.ofNullable(types.get(said));
    return found.orElseThrow(
        () -> new AuthException("scheme " + scheme + ": type_map does not know a password's type"));
  }

  private Optional<String> cell(Rows rows, String column) throws AuthException {
    if (rows.indexOf(column) < 0) {
      throw new AuthException("scheme %s: the query has no column %s".formatted(scheme, column));
    }
    return rows.first(column);
  }
}
