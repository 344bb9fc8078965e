package org.impetusmta.core.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.core.config.ConfigLexer.Token;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.EngineOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@code ecelerity.conf} by recursive descent:
 *
 * <pre>
 * body    = { include | option | stanza }
 * include = ( "include" | "readonly_include" ) text
 * option  = word "=" value | word ( list | dictionary )
 * stanza  = word [ text ] "{" body "}"
 * value   = text | list | dictionary
 * list    = "(" { value [ "," ] } ")"
 * dictionary = "[" { text [ "=" ] value [ "," ] } "]"
 * text    = word | string
 * </pre>
 *
 * It knows no option and no stanza; {@link ConfigValidator} does. What is neither is left to {@link
 * LegacyForm}. Nesting is limited, so is the number of files: no input overflows the stack or runs
 * forever. A syntax error ends the reading. One parser reads one configuration. Single. Source:
 * conf.overview.
 */
final class ConfigParser {
  /** Stanzas, lists, dictionaries and files inside each other. */
  static final int DEEPEST = 64;

  /** Files read for one configuration, every inclusion counted. */
  static final int MOST_FILES = 10_000;

  /** Octets read for one configuration. */
  static final long LARGEST = 8 * ConfigFiles.LARGEST;

  private static final Logger LOG = LoggerFactory.getLogger(ConfigParser.class);
  private static final Position NOWHERE = new Position("default", 1, 1);

  private final ConfigFiles files;
  private final LegacyForm legacy;
  private final boolean following;
  private final Map<Path, byte[]> edited;
  private final SourceMap map = new SourceMap();
  private final ScopeBuilder root = new ScopeBuilder(NOWHERE, map);
  private final Set<Path> open = new LinkedHashSet<>();
  private final Set<IoUri> openUris = new LinkedHashSet<>();
  private final Map<Path, ConfigTree.SourceFile> sources = new LinkedHashMap<>();
  private int filesRead;
  private long octetsLeft = LARGEST;

  ConfigParser(ConfigFiles files) {
    this(files, Map.of(), new LegacyForm(rewriting -> LOG.info("{}", rewriting.note())), true);
  }

  /**
   * A parser that reads once more what was read before.
   *
   * @param edited what is read of these files, by their real paths, instead of what they hold
   */
  ConfigParser(ConfigFiles files, Map<Path, byte[]> edited) {
    this(files, edited, new LegacyForm(_ -> {}), true);
  }

  /** Reads one file without its includes, and tells what it says in the 2.x form. */
  static ConfigParser ofOneFile(LegacyForm legacy) {
    return new ConfigParser(new ConfigFiles(List.of()), Map.of(), legacy, false);
  }

  /**
   * @param following whether includes are read
   */
  ConfigParser(ConfigFiles files, Map<Path, byte[]> edited, LegacyForm legacy, boolean following) {
    this.files = files;
    this.edited = edited;
    this.legacy = legacy;
    this.following = following;
  }

  /**
   * Reads a file, all that it includes, and last the file that {@code local_changes_file} names.
   */
  ConfigTree parse(Path file) throws ConfigException {
    parseFile(file, octets(file), false, root, 0);
    Optional<ConfigOption> named = root.option(EngineOptions.LOCAL_CHANGES_FILE);
    if (named.isPresent()) {
      Optional<Path> local = LocalChanges.file(named.get(), file);
      if (local.isPresent()) {
        parseLocalChanges(local.get(), named.get().where().toString());
      }
    }
    return tree();
  }

  /** As {@link #parse(Path)}, but with this file of local changes, or none, whatever is said. */
  ConfigTree parse(Path file, Optional<Path> local) throws ConfigException {
    parseFile(file, octets(file), false, root, 0);
    if (local.isPresent()) {
      parseLocalChanges(local.get(), EngineOptions.LOCAL_CHANGES_FILE);
    }
    return tree();
  }

  private ConfigTree tree() {
    return new ConfigTree(root.build(), List.copyOf(sources.values()), map);
  }

  /** Reads a text. Relative names of files are looked for along the search path alone. */
  ConfigTree parse(String name, String text) throws ConfigException {
    new Body(new ConfigLexer(name, text), Optional.empty()).parse(root, 0, false);
    return tree();
  }

  /** Reads a text that is one value, as the console has it behind an option's name. */
  static ConfigValue parseValue(String text) throws ConfigException {
    Body body =
        new ConfigParser(new ConfigFiles(List.of()))
        .new Body(new ConfigLexer("console", text), Optional.empty());
    ConfigValue value = body.value(body.read(), 0);
    Token behind = body.read();
    if (behind.kind() != ConfigLexer.Kind.END) {
      throw new ConfigException(
          "expected one value, found "
              + behind.describe()
              + " behind it; quote a value that holds white space or one of # \" ' = { } [ ] ( )");
    }
    return value;
  }

  /**
   * The file that local changes are kept in comes last whatever else is said.
   *
   * @param where for messages: who names it
   */
  private void parseLocalChanges(Path file, String where) throws ConfigException {
    if (!Files.exists(file) && !edited.containsKey(file)) {
      return; // nothing was changed yet
    }
    if (sources.containsKey(real(file))) {
      throw new ConfigException(
          where
              + ": found \""
              + file
              + "\", which is part of the configuration already; expected a file of its own");
    }
    parseFile(file, octets(file), false, root, 0);
  }

  private byte[] octets(Path file) throws ConfigException {
    byte[] instead = edited.isEmpty() ? null : edited.get(real(file));
    return instead == null ? files.read(file) : instead;
  }

  private void parseFile(Path file, byte[] octets, boolean readOnly, ScopeBuilder into, int depth)
      throws ConfigException {
    Path real = real(file);
    open.add(real);
    sources.compute(real, (_, known) -> new ConfigTree.SourceFile(real, readOnly || known != null));
    String text = ConfigFiles.decode(file.toString(), octets);
    int before = map.enter(real, text, into);
    new Body(new ConfigLexer(file.toString(), text), Optional.of(file)).parse(into, depth, false);
    map.leave(before);
    open.remove(real);
  }

  /** What came from a URI is no file that a change could be written back to. */
  private void parseUri(IoUri uri, byte[] octets, ScopeBuilder into, int depth)
      throws ConfigException {
    String name = uri.toString();
    openUris.add(uri);
    int before = map.enterNoFile();
    new Body(
            new ConfigLexer(name, ConfigFiles.decode(name, octets)),
            Optional.empty(),
            Optional.of(uri))
        .parse(into, depth, false);
    map.leave(before);
    openUris.remove(uri);
  }

  /** The message of the exception lacks a position. */
  private byte[] counted(Object name, byte[] octets) throws ConfigException {
    if (++filesRead > MOST_FILES) {
      throw new ConfigException(
          "found %s behind %d files, expected no more of them".formatted(name, MOST_FILES));
    }
    octetsLeft -= octets.length;
    if (octetsLeft < 0) {
      throw new ConfigException(
          "found %s behind too much text, expected at most %d octets in all files"
              .formatted(name, LARGEST));
    }
    return octets;
  }

  private Path real(Path file) throws ConfigException {
    if (edited.containsKey(file)) {
      return file; // may not exist yet
    }
    try {
      return file.toRealPath();
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + ConfigFiles.reason(e), e);
    }
  }

  /** The text of one file or URI. */
  private final class Body implements LegacyForm.Source {
    private final ConfigLexer lexer;
    private final Optional<Path> file;
    private final Optional<IoUri> uri;
    private int valueEndedInLine;
    private int valueEnd;

    Body(ConfigLexer lexer, Optional<Path> file) {
      this(lexer, file, Optional.empty());
    }

    Body(ConfigLexer lexer, Optional<Path> file, Optional<IoUri> uri) {
      this.lexer = lexer;
      this.file = file;
      this.uri = uri;
    }

    Token read() throws ConfigException {
      return read(false);
    }

    @Override
    public Token read(boolean comma) throws ConfigException {
      return lexer.next(comma);
    }

    @Override
    public Position end() {
      return lexer.position();
    }

    @Override
    public void body(ScopeBuilder scope, Token brace, int depth) throws ConfigException {
      parse(scope, deeper(brace, depth), true);
    }

    /**
     * @param inside whether a closing brace ends it rather than the end of the file
     * @return the offset of what ends it
     */
    int parse(ScopeBuilder scope, int depth, boolean inside) throws ConfigException {
      while (true) {
        Token token = read(scope);
        if (inside ? token.is('}') : token.kind() == ConfigLexer.Kind.END) {
          return token.start();
        }
        if (token.kind() == ConfigLexer.Kind.END) {
          throw expected(token, scope, "} to close the stanza that was opened", scope.position());
        }
        if (token.kind() != ConfigLexer.Kind.WORD) {
          throw expected(token, scope, "the name of an option or a stanza");
        }
        scoped(token, scope, depth);
      }
    }

    private Token read(ScopeBuilder scope) throws ConfigException {
      try {
        return read();
      } catch (SyntaxError e) {
        throw e.in(scope);
      }
    }

    private void scoped(Token name, ScopeBuilder scope, int depth) throws ConfigException {
      try {
        statement(name, scope, depth);
      } catch (SyntaxError e) {
        throw e.in(scope);
      }
    }

    private void statement(Token name, ScopeBuilder scope, int depth) throws ConfigException {
      Token token = read();
      boolean readOnlyInclude = name.text().equalsIgnoreCase("readonly_include");
      if (readOnlyInclude || name.text().equalsIgnoreCase("include")) {
        if (!token.isText()) {
          throw expected(token, scope, "a file or a folder to include");
        }
        include(token, readOnlyInclude, scope, deeper(token, depth));
      } else if (legacy.statement(name, token, scope, depth, this)) {
        return;
      } else if (token.is('=')) {
        option(name, true, read(), scope, depth);
      } else if (token.is('[') || token.is('(')) {
        option(name, false, token, scope, depth);
      } else if (token.is('{')) {
        stanza(name, Optional.empty(), token, scope, depth);
      } else if (token.isText()) {
        Token brace = read();
        if (!brace.is('{')) {
          throw expected(
              brace,
              scope,
              "{ to open the stanza %s \"%s\", or = between the option %s and its value"
                  .formatted(name.text(), token.text(), name.text()),
              name);
        }
        stanza(name, Optional.of(token.text()), brace, scope, depth);
      } else {
        throw expected(token, scope, "= or { after " + name.text(), name);
      }
    }

    private void option(Token name, boolean equals, Token first, ScopeBuilder scope, int depth)
        throws ConfigException {
      ConfigValue value = value(first, depth);
      scope.add(
          new ConfigOption(name.text(), value, name.at()),
          new ScopeSources.Span(name.start(), equals, first.start(), valueEnd));
    }

    private void stanza(
        Token name, Optional<String> instance, Token brace, ScopeBuilder scope, int depth)
        throws ConfigException {
      int inside = deeper(brace, depth);
      Opening opening = Opening.stanza(map.reading(), name.start(), brace.end());
      int closed = parse(scope.stanza(name.text(), instance, name.at(), opening), inside, true);
      opening.closed(closed, map.next());
    }

    private void include(Token named, boolean asReadOnly, ScopeBuilder scope, int depth)
        throws ConfigException {
      if (!following) {
        return;
      }
      Optional<IoUri> asUri = ConfigFiles.uri(named.text(), uri);
      if (asUri.isPresent()) {
        parseUri(asUri.get(), read(asUri.get(), named, scope), scope, depth);
        return;
      }
      for (Path included : included(named, scope)) {
        byte[] octets;
        try {
          if (open.contains(real(included))) {
            throw new ConfigException(
                "found an include of %s, which is being read; expected no loop of includes"
                    .formatted(included));
          }
          octets = counted(included, octets(included));
        } catch (ConfigException e) {
          throw within(named, scope, e);
        }
        parseFile(included, octets, asReadOnly, scope, depth);
      }
    }

    private byte[] read(IoUri included, Token named, ScopeBuilder scope) throws ConfigException {
      try {
        if (openUris.contains(included)) {
          throw new ConfigException(
              "found an include of %s, which is being read; expected no loop of includes"
                  .formatted(included));
        }
        return counted(included, files.uris().read(included, root));
      } catch (ConfigException e) {
        throw within(named, scope, e);
      }
    }

    private List<Path> included(Token named, ScopeBuilder scope) throws ConfigException {
      try {
        Path path = files.find(named.text(), file);
        return Files.isDirectory(path) ? files.inside(path) : List.of(path);
      } catch (ConfigException e) {
        throw within(named, scope, e);
      }
    }

    private static ConfigException within(Token named, ScopeBuilder scope, ConfigException e) {
      return new ConfigException(named.at() + ": in " + scope.heading() + ": " + e.getMessage(), e);
    }

    @Override
    public ConfigValue value(Token first, int depth) throws ConfigException {
      if (first.isText()) {
        valueEnds(first);
        return new ConfigValue.Text(first.text(), first.quote());
      }
      if (first.is('(')) {
        return list(first, deeper(first, depth));
      }
      if (first.is('[')) {
        return dictionary(first, deeper(first, depth));
      }
      throw new SyntaxError(
          first.at(),
          "expected a value, a list ( … ) or a dictionary [ … ], found " + first.describe());
    }

    private void valueEnds(Token last) {
      valueEndedInLine = last.at().line();
      valueEnd = last.end();
    }

    private ConfigValue list(Token opened, int depth) throws ConfigException {
      List<ConfigValue> items = new ArrayList<>();
      while (true) {
        Token token = lexer.next(true);
        if (token.is(')')) {
          valueEnds(token);
          return new ConfigValue.Items(items);
        }
        if (token.is('[') || token.is('(') || token.isText()) {
          items.add(value(token, depth));
        } else if (!token.is(',')) {
          throw unclosed(token, opened, ") to close the list");
        }
      }
    }

    private ConfigValue dictionary(Token opened, int depth) throws ConfigException {
      Map<String, ConfigValue> entries = new LinkedHashMap<>();
      while (true) {
        Token key = lexer.next(true);
        if (key.is(']')) {
          valueEnds(key);
          return new ConfigValue.Dictionary(entries);
        }
        if (key.is(',')) {
          continue;
        }
        if (!key.isText()) {
          throw unclosed(key, opened, "a key, or ] to close the dictionary");
        }
        Token token = lexer.next(true);
        if (token.is('=')) {
          token = lexer.next(true);
        } else if (!token.is('[') && !token.is('(')) {
          throw unclosed(token, opened, "= after the key " + key.text() + " in the dictionary");
        }
        entries.put(key.text(), value(token, depth));
      }
    }

    private int deeper(Token token, int depth) throws ConfigException {
      if (depth >= DEEPEST) {
        throw new SyntaxError(
            token.at(), "expected at most " + DEEPEST + " levels of nesting, found more");
      }
      return depth + 1;
    }

    private ConfigException unclosed(Token token, Token opened, String wanted) {
      return new SyntaxError(
          token.at(),
          "expected %s that was opened at line %d, found %s"
              .formatted(wanted, opened.at().line(), token.describe()));
    }

    private ConfigException expected(
        Token token, ScopeBuilder scope, String wanted, Position opened) {
      return new ConfigException(
          "%s: in %s: expected %s at %s, found %s"
              .formatted(token.at(), scope.heading(), wanted, opened, token.describe()));
    }

    private ConfigException expected(Token token, ScopeBuilder scope, String wanted) {
      return new ConfigException(
          "%s: in %s: expected %s, found %s"
              .formatted(token.at(), scope.heading(), wanted, token.describe()));
    }

    /** A word behind a value in its line is probably the rest of the value. */
    private ConfigException expected(Token token, ScopeBuilder scope, String wanted, Token word) {
      String hint =
          word.at().line() == valueEndedInLine ? "; quote a value that holds white space" : "";
      return new ConfigException(
          "%s: in %s: expected %s, found %s%s"
              .formatted(token.at(), scope.heading(), wanted, token.describe(), hint));
    }
  }
}
