package org.impetusmta.module.auth_ds;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.StoredPassword;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.datasource.Rows;

/** One {@code Scheme}: what its three queries say of a user. Concurrent; blocks. */
final class DsScheme {
  private static final Set<String> TRUE = Set.of("t", "true", "y", "yes", "on");
  private static final Set<String> FALSE = Set.of("", "f", "false", "n", "no", "off");

  private static final Pattern NUMBER = Pattern.compile("[+-]?\\d{1,40}(\\.\\d{1,40})?");

  private final String name;
  private final Datasources datasources;
  private final Optional<Passwords> authenticate;
  private final Optional<Groups> queryGroups;
  private final Optional<Groups> enumGroups;

  /**
   * The stanza {@code Authenticate}.
   *
   * @param stored how the query's password is stored; empty where the query judges the password
   */
  record Passwords(DsQuery query, Optional<StoredForm> stored) {}

  /** The stanzas {@code QueryGroups} and {@code EnumGroups}. */
  record Groups(DsQuery query, Optional<String> column) {}

  DsScheme(
      String name,
      Datasources datasources,
      Optional<Passwords> authenticate,
      Optional<Groups> queryGroups,
      Optional<Groups> enumGroups) {
    this.name = name;
    this.datasources = datasources;
    this.authenticate = authenticate;
    this.queryGroups = queryGroups;
    this.enumGroups = enumGroups;
  }

  boolean tellsPasswords() {
    return authenticate.flatMap(Passwords::stored).filter(StoredForm::tellable).isPresent();
  }

  /** A response that does not go with its challenge could be said again by whoever heard it. */
  boolean judgesResponses() {
    return authenticate
        .filter(one -> one.stored.isEmpty() && one.query.map().uses(DsQuery.NONCE))
        .isPresent();
  }

  boolean knowsGroups() {
    return queryGroups.isPresent();
  }

  AuthAnswer authenticate(AuthQuery asked, String secret) throws AuthException {
    Passwords passwords = passwords();
    Rows rows = passwords.query.run(datasources, asked, secret);
    boolean right =
        passwords.stored.isPresent()
            ? passwords.stored.get().fits(rows, asked, secret)
            : isTrue(rows);
    return right ? AuthAnswer.PASS : AuthAnswer.FAIL;
  }

  private Passwords passwords() throws AuthException {
    return authenticate.orElseThrow(
        () -> new AuthException("the scheme " + name + " has no Authenticate"));
  }

  /** The first column of the first row. */
  private boolean isTrue(Rows rows) throws AuthException {
    String value = rows.first().orElse("").strip().toLowerCase(Locale.ROOT);
    if (TRUE.contains(value) || FALSE.contains(value)) {
      return TRUE.contains(value);
    }
    if (NUMBER.matcher(value).matches()) {
      return new BigDecimal(value).signum() != 0;
    }
    throw new AuthException(
        "scheme "
            + name
            + ": the query's first column is no truth value: expected a number; is"
            + " returns_password = true meant?");
  }

  List<StoredPassword> stored(AuthQuery asked) throws AuthException {
    Passwords passwords = passwords();
    StoredForm form =
        passwords.stored.orElseThrow(
            () -> new AuthException("the query of the scheme " + name + " returns no password"));
    return form.told(passwords.query.run(datasources, asked, ""), asked).stream().toList();
  }

  List<String> groups(AuthQuery asked) throws AuthException {
    Groups groups =
        queryGroups.orElseThrow(
            () -> new AuthException("the scheme " + name + " has no QueryGroups"));
    return column(groups, groups.query.run(datasources, asked, ""));
  }

  List<String> allGroups() throws AuthException {
    return enumGroups.isEmpty()
        ? List.of()
        : column(enumGroups.get(), enumGroups.get().query.run(datasources));
  }

  private List<String> column(Groups groups, Rows rows) throws AuthException {
    if (rows.isEmpty()) {
      return List.of();
    }
    int index = groups.column.map(rows::indexOf).orElse(0);
    if (index < 0 || index >= rows.columns().size()) {
      throw new AuthException(
          "scheme %s: the query has no column %s".formatted(name, groups.column.orElse("")));
    }
    List<String> found = new ArrayList<>();
    for (String group : rows.column(index)) {
      if (!group.isBlank()) {
        found.add(group.strip());
      }
    }
    return found;
  }

  /** The digest that DIGEST-MD5 wants of a password that is stored as it is. */
  static StoredPassword digestOf(AuthQuery asked, String password) {
    byte[] hash = PasswordType.userRealmPassword(asked.user(), asked.realm(), password);
    return new StoredPassword.Digest(asked.realm(), HexFormat.of().formatHex(hash));
  }

  /** Whether a password in the clear is to be told as its digest. */
  static boolean wantsDigest(AuthQuery asked) {
    return asked.mechanism() == AuthMechanism.DIGEST_MD5 && !asked.parameters().storedCleartext();
  }
}
