package org.impetusmta.api.io;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of something that an I/O wrapper opens, {@code scheme://…}. What is behind the scheme is
 * the wrapper's business; it may be another URI, as in {@code persist://http://example.com/a.conf}.
 * Printed, a password in it is {@code ***}; {@link #text} has it in full. Immutable.
 *
 * @param scheme in lower case
 * @param rest what is behind {@code ://}
 */
public record IoUri(String scheme, String rest) {
  private static final String SEPARATOR = "://";

  /** RFC 3986 section 3.1, and the underscore that the manual's {@code ac_auth://} has. */
  private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+._-]*");

  /** RFC 3986 section 3.2.1, wherever in the text an authority begins. */
  private static final Pattern PASSWORD = Pattern.compile("://([^/?#@:]*):[^/?#]*@");

  /** The URI that a text is; empty if it does not begin with {@code scheme://}. */
  public static Optional<IoUri> of(String text) {
    int end = text.indexOf(SEPARATOR);
    if (end < 0) {
      return Optional.empty();
    }
    String scheme = text.substring(0, end).toLowerCase(Locale.ROOT);
    return SCHEME.matcher(scheme).matches()
        ? Optional.of(new IoUri(scheme, text.substring(end + SEPARATOR.length())))
        : Optional.empty();
  }

  /** The URI that this one wraps, {@code http://…} of {@code persist://http://…}. */
  public Optional<IoUri> inner() {
    return of(rest);
  }

  /** The whole URI, with a password if it has one: for opening it, not for logs and messages. */
  public String text() {
    return scheme + SEPARATOR + rest;
  }

  /**
   * What a name means that stands in the text of this URI: another URI, a path from the same root,
   * or one beside this (RFC 3986 section 5.2.3; {@code ..} is left to the wrapper).
   */
  public IoUri resolve(String name) {
    return of(name)
        .orElseGet(
            () ->
                new IoUri(
                    scheme,
                    inner().map(uri -> uri.resolve(name).text()).orElseGet(() -> beside(name))));
  }

  private String beside(String name) {
    int end = 0;
    while (end < rest.length() && rest.charAt(end) != '?' && rest.charAt(end) != '#') {
      end++;
    }
    String path = rest.substring(0, end);
    int root = path.indexOf('/');
    if (root < 0) {
      return path + (name.startsWith("/") ? "" : "/") + name;
    }
    return name.startsWith("/")
        ? path.substring(0, root) + name
        : path.substring(0, path.lastIndexOf('/') + 1) + name;
  }

  /** Without the password. */
  @Override
  public String toString() {
    return PASSWORD.matcher(text()).replaceAll("://$1:***@");
  }
}
