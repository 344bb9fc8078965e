package org.impetusmta.core.config;

import java.util.function.Predicate;

/**
 * Prints options and stanzas as {@code config showrecurse} shows them and the parser reads them:
 * one statement in a line, two spaces for each level. Single.
 */
final class ScopePrinter {
  private static final String DEEPER = "  ";

  private final String lineEnd;
  private final Predicate<String> secret;
  private final StringBuilder out = new StringBuilder();

  /**
   * Prints what a file needs to say.
   *
   * @param lineEnd between lines and behind the last one
   */
  ScopePrinter(String lineEnd) {
    this(lineEnd, name -> false);
  }

  /**
   * @param secret the options whose values are not shown
   */
  ScopePrinter(String lineEnd, Predicate<String> secret) {
    this.lineEnd = lineEnd;
    this.secret = secret;
  }

  /**
   * The lines of a scope: its options, and the stanzas in it as headings or whole.
   *
   * @param indent what each line begins with
   */
  void entries(ConfigScope scope, String indent, boolean recurse) {
    for (ConfigEntry entry : scope.entries()) {
      switch (entry) {
        case ConfigOption option -> {
          option(option, indent);
          out.append(lineEnd);
        }
        case ConfigScope inner -> {
          if (recurse) {
            stanza(inner, indent);
          } else {
            out.append(indent).append(inner.heading()).append(" { ... }").append(lineEnd);
          }
        }
      }
    }
  }

  /** A stanza with all that is in it. */
  void stanza(ConfigScope scope, String indent) {
    out.append(indent).append(scope.heading()).append(" {").append(lineEnd);
    entries(scope, indent + DEEPER, true);
    out.append(indent).append('}').append(lineEnd);
  }

  /** A stanza with all that is in it, below another heading. */
  void stanza(String heading, ConfigScope scope) {
    out.append(heading).append(" {").append(lineEnd);
    entries(scope, DEEPER, true);
    out.append('}').append(lineEnd);
  }

  /** An option without a line end behind it. */
  void option(ConfigOption option, String indent) {
    out.append(indent).append(option.written()).append(" = ");
    if (secret.test(option.name())) {
      out.append("\"****\"");
    } else {
      option.value().write(out, lineEnd + indent);
    }
  }

  /** The entries of a scope as a file says them. */
  static String printed(ConfigScope scope) {
    ScopePrinter printer = new ScopePrinter("\n");
    printer.entries(scope, "", true);
    return printer.toString();
  }

  /** What was printed so far. */
  @Override
  public String toString() {
    return out.toString();
  }
}
