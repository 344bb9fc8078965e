package org.impetusmta.module.auth_ds;

import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/** The options of the stanzas inside {@code Scheme "name" { … }}. */
final class Options {
  private Options() {}

  /** How a user shows who it is. */
  @OptionSet("auth_ds::scheme::authenticate")
  public record Authenticate(
      @Option(doc = "the Datasource that is asked; needed") Optional<String> cache,
      @Option(doc = "what it is asked; needed") Optional<String> query,
      @Option(
              doc =
                  "what the query's parameters are given: %{username} %{localpart} %{domain}"
                      + " %{password} %{realm} %{digest-uri} %{nonce} %{crypt} %{uri}")
          Optional<Map<String, String>> map,
      @Option(
              value = "false",
              doc = "whether the query returns the password, or else whether it is right")
          boolean returnsPassword,
      @Option(doc = "the column that has the password; unset: the first")
          Optional<String> passwordColumn,
      @Option(doc = "how passwords are stored; unset: in the clear, unless type_column is set")
          Optional<String> type,
      @Option(doc = "the column that says how the row's password is stored")
          Optional<String> typeColumn,
      @Option(doc = "types of passwords by what type_column holds; unset: it holds their names")
          Optional<Map<String, String>> typeMap) {}

  /** The groups of a user. */
  @OptionSet("auth_ds::scheme::querygroups")
  public record QueryGroups(
      @Option(doc = "the Datasource that is asked; needed") Optional<String> cache,
      @Option(doc = "what it is asked; needed") Optional<String> query,
      @Option(doc = "what the query's parameters are given, as in Authenticate")
          Optional<Map<String, String>> map,
      @Option(doc = "the column that has the groups; unset: the first")
          Optional<String> groupColumn) {}

  /** All groups. */
  @OptionSet("auth_ds::scheme::enumgroups")
  public record EnumGroups(
      @Option(doc = "the Datasource that is asked; needed") Optional<String> cache,
      @Option(doc = "what it is asked; needed") Optional<String> query,
      @Option(doc = "what the query's parameters are given; macros of a user are empty")
          Optional<Map<String, String>> map,
      @Option(doc = "the column that has the groups; unset: the first")
          Optional<String> groupColumn) {}
}
