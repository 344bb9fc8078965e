package org.impetusmta.core.config;

import java.io.Serial;
import org.impetusmta.api.config.ConfigException;

/** A text is no configuration; the scope it stands in is still to be said. Immutable. */
final class SyntaxError extends ConfigException {
  @Serial private static final long serialVersionUID = 1L;

  private final String at;
  private final String what;

  SyntaxError(Position at, String what) {
    super(at + ": " + what);
    this.at = at.toString();
    this.what = what;
  }

  /** The same with the scope. */
  ConfigException in(ScopeBuilder scope) {
    return new ConfigException(at + ": in " + scope.heading() + ": " + what, this);
  }
}
