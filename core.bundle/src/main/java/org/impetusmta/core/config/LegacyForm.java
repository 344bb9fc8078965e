package org.impetusmta.core.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.ConfigLexer.Token;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.ScopeRules;
import org.impetusmta.core.config.option.Words;

/**
 * The 2.x form of {@code ecelerity.conf}: what {@link ConfigParser} meets in the global scope that
 * the modern form does not know is put into the tree as the modern form would say it.
 *
 * <pre>
 * Esmtp_Listener = ( ADDRESS … )        {@link LegacyListener}
 * Logger logging/ec_logger NAME { … }   ec_logger "NAME" { … }; likewise Module, Validate, …
 * RFC2822 { Date_Header = … }           RFC2822_Date_Header = …
 * Async_Swap_In = …                     nothing: such options ended with 2.x
 * </pre>
 *
 * Positions stay those of the text and say the old name. Each statement that is rewritten is told
 * to a listener. Immutable. Source: ecelerity.conf of 2.x, executable.ec_migrate_conf.
 */
final class LegacyForm {
  /** What the statement is read from: the parser, just behind a token. */
  interface Source {
    /**
     * The next token.
     *
     * @param comma whether a comma separates
     */
    Token read(boolean comma) throws ConfigException;

    /** The value that begins with a token. */
    ConfigValue value(Token first, int depth) throws ConfigException;

    /** Entries up to the closing brace; the opening one was read. */
    void body(ScopeBuilder scope, Token brace, int depth) throws ConfigException;

    /** Where the token that was read last ends: the position behind it. */
    Position end();
  }

  /**
   * A statement of the 2.x form.
   *
   * @param from where the text begins that {@code modern} replaces
   * @param to the position behind its end
   * @param modern what the modern form says instead
   * @param note for the operator, one line
   */
  record Rewriting(Position from, Position to, String modern, String note) {}

  private static final Set<String> KINDS =
      Set.of("logger", "module", "validate", "io_system", "interpreter", "authenticate");

  /** Modules that every use of them loads; a stanza that says nothing is left out. */
  private static final Set<String> LOADED_BY_USE =
      Set.of(
          "jlog",
          "persist_io",
          "bzip2",
          "http_io",
          "gzip",
          "syslog_io",
          "ds_sqlite",
          "ds_ldap",
          "ds_csv",
          "ds_cdb",
          "ds_iowrapper",
          "ds_mysql",
          "ds_pgsql",
          "ds_odbc");

  /** Modules of 2.x without a successor of that name. */
  private static final Map<String, String> ENDED_MODULES =
      Map.of(
          "auth_ldap", "auth_ds with a datasource of ds_ldap",
          "auth_mysql", "auth_ds with a datasource of ds_mysql",
          "regex_binding", "a scriptlet",
          "regex_binding2", "a scriptlet");

  /** Options of 2.x that tuned what thread pools do now. */
  private static final Set<String> ENDED_OPTIONS =
      Set.of(
          "async_close_concurrency",
          "async_reception_swap_out",
          "extensions_dir",
          "async_sending_swap_in",
          "async_spool_in",
          "async_swap_out",
          "async_swap_in",
          "async_unlink_backlog",
          "async_unlink_concurrency",
          "batch_unlink_concurrency",
          "worker_cpu_concurrency",
          "worker_io_concurrency",
          "control_listener_timeout");

  private static final Set<String> GROUPS = Set.of("rfc2821", "rfc2822");

  /** The options of those groups, which are options of the global scope now. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "date_header", "RFC2822_Date_Header",
          "lone_lf_in_body", "RFC2822_Lone_LF_in_Body",
          "lone_lf_in_headers", "RFC2822_Lone_LF_in_Headers",
          "max_line_length", "RFC2822_Max_Line_Length",
          "maximum_line_length", "RFC2822_Max_Line_Length",
          "messageid_header", "RFC2822_MessageID_Header",
          "missing_headers", "RFC2822_Missing_Headers",
          "trace_headers", "RFC2822_Trace_Headers",
          "pedantic_address_rules", "RFC2821_Pedantic_Address_Rules",
          "allow_whitespace_in_envelope", "RFC2821_Allow_Whitespace_In_Envelope");

  private final Consumer<Rewriting> told;

  /**
   * @param told hears of each statement that is rewritten
   */
  LegacyForm(Consumer<Rewriting> told) {
    this.told = told;
  }

  /**
   * Takes a statement, if it is one of the 2.x form.
   *
   * @param next the token behind the name
   * @return whether the statement was read to its end
   */
  boolean statement(Token name, Token next, ScopeBuilder scope, int depth, Source source)
      throws ConfigException {
    if (!scope.isGlobal() || name.kind() != ConfigLexer.Kind.WORD) {
      return false;
    }
    String word = name.text().toLowerCase(Locale.ROOT);
    boolean valued = next.is('=') || next.is('(') || next.is('[');
    if (ScopeRules.isListener(word) && valued) {
      listener(name, next, scope, depth, source);
    } else if (KINDS.contains(word) && next.isText()) {
      module(name, next, scope, depth, source);
    } else if (GROUPS.contains(word) && next.is('{')) {
      group(name, scope, depth, source);
    } else if (next.is('=') && RENAMED.containsKey(word)) {
      ConfigOption option = option(name, source.value(source.read(false), depth));
      scope.add(option);
      told.accept(
          new Rewriting(
              name.at(), next.at(), option.written() + " ", note(name, option.written())));
    } else if (next.is('=') && ENDED_OPTIONS.contains(word)) {
      ConfigValue value = source.value(source.read(false), depth);
      told.accept(
          new Rewriting(
              name.at(),
              source.end(),
              "",
              "%s: the option %s = %s of 2.x has no effect, thread pools do that now: left out"
                  .formatted(name.at(), name.text(), value.printed(""))));
    } else {
      return false;
    }
    return true;
  }

  private static String note(Token name, String modern) {
    return "%s: %s is the 2.x form, read as %s".formatted(name.at(), name.text(), modern);
  }

  /** The position of a token, which names the old spelling in every message. */
  static Position at(Token token, String spelled) {
    Position at = token.at();
    return new Position(at.file(), at.line(), at.column(), spelled);
  }

  private static ConfigOption option(Token name, ConfigValue value) throws ConfigException {
    String word = name.text().toLowerCase(Locale.ROOT);
    String modern = RENAMED.get(word);
    if (modern == null) {
      throw new ConfigException(
          "%s: expected an option of this group, found \"%s\"%s"
              .formatted(
                  name.at(),
                  name.text(),
                  Words.nearest(word, RENAMED.keySet())
                      .map(near -> "; did you mean " + near + "?")
                      .orElse("")));
    }
    return new ConfigOption(modern, value, at(name, name.text()));
  }

  private void listener(Token name, Token next, ScopeBuilder scope, int depth, Source source)
      throws ConfigException {
    Token first = next.is('=') ? source.read(false) : next;
    if (first.is('{')) {
      source.body(scope.stanza(name.text(), Optional.empty(), name.at()), first, depth);
      told.accept(
          new Rewriting(
              name.at(),
              first.at(),
              name.text() + " ",
              note(name, name.text() + " { … } without =")));
      return;
    }
    if (!first.is('(')) {
      throw new SyntaxError(
          first.at(),
          "expected { to open the stanza %s, or the list ( … ) of the 2.x form, found %s"
              .formatted(name.text(), first.describe()));
    }
    List<LegacyListener.Endpoint> endpoints =
        new LegacyListener(name, source, depth + 1).endpoints(first);
    ScopeBuilder alone = new ScopeBuilder(name.at(), new SourceMap());
    for (ScopeBuilder root : List.of(scope, alone)) {
      ScopeBuilder listener =
          root.stanza(name.text(), Optional.empty(), at(name, name.text() + " = ( … )"));
      for (LegacyListener.Endpoint endpoint : endpoints) {
        endpoint.into(listener);
      }
    }
    told.accept(
        new Rewriting(
            name.at(),
            source.end(),
            ScopePrinter.printed(alone.build()),
            note(name, name.text() + " { Listen \"…\" { … } }")));
    for (LegacyListener.Endpoint endpoint : endpoints) {
      for (String warning : endpoint.chain().warnings()) {
        told.accept(new Rewriting(name.at(), name.at(), "", warning));
      }
    }
  }

  private void module(Token kind, Token path, ScopeBuilder scope, int depth, Source source)
      throws ConfigException {
    Token named = source.read(false);
    boolean instance = named.isText();
    Token brace = instance ? source.read(false) : named;
    if (!brace.is('{')) {
      throw new ConfigException(
          "%s: expected %s PATH NAME { … }, found %s"
              .formatted(brace.at(), kind.text(), brace.describe()));
    }
    String module =
        path.text().substring(path.text().lastIndexOf('/') + 1).replaceFirst("\\.so$", "");
    String word = module.toLowerCase(Locale.ROOT);
    String successor = ENDED_MODULES.get(word);
    if (successor != null) {
      throw new ConfigException(
          "%s: the module %s ended with 2.x; expected %s instead"
              .formatted(path.at(), module, successor));
    }
    Optional<String> name = instance ? Optional.of(named.text()) : Optional.empty();
    ScopeBuilder stanza =
        scope.stanza(module, name, at(kind, kind.text() + " " + path.text() + " …"));
    source.body(stanza, brace, depth);
    if (stanza.isEmpty() && LOADED_BY_USE.contains(word)) {
      scope.drop(stanza);
      told.accept(
          new Rewriting(
              kind.at(),
              source.end(),
              "",
              "%s: %s %s is the 2.x form and says no option; %s loads by use: left out"
                  .formatted(kind.at(), kind.text(), path.text(), module)));
      return;
    }
    told.accept(
        new Rewriting(kind.at(), brace.at(), stanza.opening() + " ", note(kind, stanza.opening())));
  }

  private void group(Token name, ScopeBuilder scope, int depth, Source source)
      throws ConfigException {
    StringBuilder modern = new StringBuilder();
    while (true) {
      Token key = source.read(false);
      if (key.is('}')) {
        break;
      }
      Token equals = key.isText() ? source.read(false) : key;
      if (!equals.is('=')) {
        throw new ConfigException(
            "%s: in %s: expected OPTION = VALUE or }, found %s"
                .formatted(equals.at(), name.text(), equals.describe()));
      }
      ConfigOption option = option(key, source.value(source.read(false), depth + 1));
      scope.add(option);
      modern.append(option).append('\n');
    }
    told.accept(
        new Rewriting(
            name.at(),
            source.end(),
            modern.toString(),
            note(name, name.text() + "_… = … of the global scope")));
  }
}
