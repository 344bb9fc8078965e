package org.impetusmta.api.datasource;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A query and the values of its parameters, which stay apart from its text all the way to the
 * source: nothing that a client sent is ever part of the text. Immutable; equal queries share one
 * entry of the cache.
 *
 * @param text in the language of the driver; parameters are {@code ?} or {@code :name}, in LDAP
 *     URLs and file names {@code $name}
 * @param positional values of {@code ?}, in their order
 * @param named values by name; those that the text does not use are ignored
 */
public record Query(String text, List<String> positional, Map<String, String> named) {
  /** Takes copies. */
  public Query {
    positional = List.copyOf(positional);
    named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
  }

  /** A query with values by position. */
  public static Query of(String text, String... positional) {
    return new Query(text, List.of(positional), Map.of());
  }

  /** A query with values by name. */
  public static Query of(String text, Map<String, String> named) {
    return new Query(text, List.of(), named);
  }
}
