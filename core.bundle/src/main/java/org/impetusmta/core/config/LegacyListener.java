package org.impetusmta.core.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.ConfigLexer.Token;
import org.impetusmta.core.config.option.ConfigValue;

/**
 * Reads a listener of the 2.x form, by recursive descent:
 *
 * <pre>
 * listener   = name "=" "(" { address [ attributes ] [ "[" { rule } "]" ] } ")"
 * address    = ( ( "*" | IPv4 | "[" IPv6 "]" ) ":" port | path ) [ "," backlog ] [ "~" concurrency ]
 * attributes = "&lt;" { "status" "=" ( "enabled" | "disabled" ) | "proto" "=" ( "ipv4" | "ipv6" | "both" ) } "&gt;"
 * rule       = CIDR "=" "(" { "continue" | name [ "[" { key [ "=" ] value } "]" ] } ")"
 * </pre>
 *
 * Single. Source: ecelerity.conf of 2.x, "Listeners".
 */
final class LegacyListener {
  private static final Pattern ADDRESS = Pattern.compile("([^,~]+)(?:,(\\d+))?(?:~(\\d+))?");
  private static final Pattern TCP = Pattern.compile("(.*):(\\d{1,5})");

  private final String listener;
  private final LegacyForm.Source source;
  private final int depth;
  private final Deque<Token> ahead = new ArrayDeque<>();

  LegacyListener(Token name, LegacyForm.Source source, int depth) {
    this.listener = name.text();
    this.source = source;
    this.depth = depth;
  }

  /**
   * One address and what belongs to it.
   *
   * @param listen the name of the modern Listen
   * @param chain the ACL
   */
  record Endpoint(
      Position at,
      String listen,
      OptionalInt backlog,
      OptionalInt concurrency,
      boolean enabled,
      LegacyChain chain) {
    /** Says it as a Listen of the listener. */
    void into(ScopeBuilder listener) throws ConfigException {
      ScopeBuilder scope = listener.stanza("Listen", Optional.of(listen), at);
      if (!enabled) {
        scope.add(new ConfigOption("Enable", ConfigValue.Text.bare("false"), at));
      }
      add(scope, "Listen_Backlog", backlog);
      add(scope, "Concurrency", concurrency);
      chain.into(scope);
    }

    private void add(ScopeBuilder scope, String option, OptionalInt value) {
      if (value.isPresent()) {
        String number = String.valueOf(value.getAsInt());
        scope.add(new ConfigOption(option, ConfigValue.Text.bare(number), at));
      }
    }
  }

  /** Reads up to the parenthesis that closes the list. */
  List<Endpoint> endpoints(Token opened) throws ConfigException {
    List<Endpoint> endpoints = new ArrayList<>();
    while (true) {
      Token token = address();
      if (token.is(')')) {
        return endpoints;
      }
      if (token.is('[')) {
        Token host = address();
        Token closed = address();
        Token rest = address();
        if (!host.isText() || !closed.is(']') || !rest.text().startsWith(":")) {
          throw expected("an IPv6 address [ADDRESS]:PORT", host);
        }
        endpoints.add(endpoint(token, "[" + host.text() + "]" + rest.text()));
      } else if (token.isText()) {
        endpoints.add(endpoint(token, token.text()));
      } else {
        throw expected("an address, or ) to close the list opened at " + opened.at(), token);
      }
    }
  }

  private Endpoint endpoint(Token token, String text) throws ConfigException {
    if (text.startsWith("\\")) {
      throw new ConfigException(
          "%s: in %s: found the named pipe %s of Windows, which is not supported; expected a port or the path of a Unix socket"
              .formatted(token.at(), listener, text));
    }
    Matcher parts = ADDRESS.matcher(text);
    if (!parts.matches()) {
      throw expected("ADDRESS:PORT or a path, then ,BACKLOG and ~CONCURRENCY", token);
    }
    boolean enabled = true;
    Optional<String> proto = Optional.empty();
    Token next = address();
    if (isAngle(next, "<")) {
      for (next = address(); !isAngle(next, ">"); next = address()) {
        Token equals = address();
        Token value = address();
        if (!next.isText() || !equals.is('=') || !value.isText()) {
          throw expected("attributes <name=value>", next);
        }
        switch (next.text().toLowerCase(Locale.ROOT)) {
          case "status" -> enabled = !oneOf(value, "enabled", "disabled").equals("disabled");
          case "proto" -> proto = Optional.of(oneOf(value, "ipv4", "ipv6", "both"));
          default -> throw expected("the attribute status or proto", next);
        }
      }
      next = address();
    }
    String where = parts.group(1);
    LegacyChain chain = new LegacyChain(listener, families(token, where, proto));
    if (next.is('[') && isAcl()) {
      acl(chain);
    } else {
      ahead.push(next);
    }
    return new Endpoint(
        LegacyForm.at(token, text),
        listen(where, proto),
        number(parts.group(2), token),
        number(parts.group(3), token),
        enabled,
        chain);
  }

  private static OptionalInt number(@org.jspecify.annotations.Nullable String digits, Token token)
      throws ConfigException {
    if (digits == null) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(digits));
    } catch (NumberFormatException e) {
      throw new ConfigException(
          "%s: the number %s of \"%s\" is too large".formatted(token.at(), digits, token.text()),
          e);
    }
  }

  /** The wildcard of one family has a name of its own in the modern form. */
  private static String listen(String where, Optional<String> proto) {
    if (!where.startsWith("*:")) {
      return where;
    }
    String port = where.substring(1);
    return switch (proto.orElse("both")) {
      case "ipv4" -> "0.0.0.0" + port;
      case "ipv6" -> "[*]" + port;
      default -> "*" + port;
    };
  }

  /** Whose addresses the clients of a socket have. */
  private LegacyChain.Clients families(Token token, String where, Optional<String> proto)
      throws ConfigException {
    if (where.startsWith("/")) {
      if (proto.isPresent()) {
        throw expected("no proto with the path of a Unix socket", token);
      }
      return LegacyChain.Clients.LOCAL;
    }
    Matcher tcp = TCP.matcher(where);
    if (!tcp.matches()) {
      throw expected("*:PORT, ADDRESS:PORT, [ADDRESS]:PORT or an absolute path", token);
    }
    if (tcp.group(1).equals("*")) {
      return switch (proto.orElse("both")) {
        case "ipv4" -> LegacyChain.Clients.IPV4;
        case "ipv6" -> LegacyChain.Clients.IPV6;
        default -> LegacyChain.Clients.BOTH;
      };
    }
    boolean ipv6 = tcp.group(1).startsWith("[");
    if (proto.isPresent() && !proto.get().equals(ipv6 ? "ipv6" : "ipv4")) {
      throw expected("the proto of the address, or *:PORT", token);
    }
    try {
      Cidr.parse(tcp.group(1));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "%s: in %s: expected an address before :%s: %s"
              .formatted(token.at(), listener, tcp.group(2), e.getMessage()),
          e);
    }
    return ipv6 ? LegacyChain.Clients.IPV6 : LegacyChain.Clients.IPV4;
  }

  /** Tells an ACL from the next address, which may be {@code [::1]:25}. */
  private boolean isAcl() throws ConfigException {
    Token first = inner();
    if (!first.isText()) {
      ahead.push(first);
      return true;
    }
    Token second = inner();
    ahead.push(second);
    ahead.push(first);
    return !second.is(']');
  }

  private void acl(LegacyChain chain) throws ConfigException {
    while (true) {
      Token token = inner();
      if (token.is(']')) {
        return;
      }
      if (!token.isText()) {
        throw expected("a rule ADDRESS/BITS = ( … ), or ] to close the ACL", token);
      }
      Cidr block;
      try {
        block = Cidr.parse(token.text());
      } catch (IllegalArgumentException e) {
        throw new ConfigException(
            "%s: in %s: expected a rule ADDRESS/BITS = ( … ): %s"
                .formatted(token.at(), listener, e.getMessage()),
            e);
      }
      Token next = inner();
      Token opened = next.is('=') ? inner() : next;
      if (!opened.is('(')) {
        throw expected("( to open the rule " + token.text(), opened);
      }
      rule(chain.rule(token, block));
    }
  }

  private void rule(LegacyChain.Rule rule) throws ConfigException {
    Token token = inner();
    while (!token.is(')')) {
      if (!token.isText()) {
        throw expected("a property, or ) to close the rule " + rule.written(), token);
      }
      Token next = inner();
      if (next.is('=')) {
        next = inner();
      }
      List<LegacyChain.Pair> pairs = List.of();
      boolean dictionary = next.is('[');
      if (dictionary) {
        pairs = pairs();
        next = inner();
      }
      rule.say(token, dictionary, pairs);
      token = next;
    }
  }

  private List<LegacyChain.Pair> pairs() throws ConfigException {
    List<LegacyChain.Pair> pairs = new ArrayList<>();
    while (true) {
      Token key = inner();
      if (key.is(']')) {
        return pairs;
      }
      if (!key.isText()) {
        throw expected("KEY = VALUE, or ]", key);
      }
      Token next = inner();
      pairs.add(new LegacyChain.Pair(key, source.value(next.is('=') ? inner() : next, depth + 4)));
    }
  }

  private String oneOf(Token value, String... words) throws ConfigException {
    String word = value.text().toLowerCase(Locale.ROOT);
    Set<String> known = new TreeSet<>(List.of(words));
    if (!known.contains(word)) {
      throw expected("one of " + String.join(", ", known), value);
    }
    return word;
  }

  private static boolean isAngle(Token token, String angle) {
    return token.kind() == ConfigLexer.Kind.WORD && token.text().equals(angle);
  }

  /** The next token of an address or of its attributes: angle brackets stand alone. */
  private Token address() throws ConfigException {
    if (!ahead.isEmpty()) {
      return ahead.pop();
    }
    Token token = source.read(false);
    String text = token.text();
    if (token.kind() != ConfigLexer.Kind.WORD || !text.matches(".*[<>].*")) {
      return token;
    }
    Position at = token.at();
    Deque<Token> parts = new ArrayDeque<>();
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      boolean angle = i < text.length() && (text.charAt(i) == '<' || text.charAt(i) == '>');
      if (angle || i == text.length()) {
        for (int[] span : new int[][] {{start, i}, {i, angle ? i + 1 : i}}) {
          if (span[0] < span[1]) {
            Position begin = new Position(at.file(), at.line(), at.column() + span[0]);
            parts.add(
                new Token(
                    ConfigLexer.Kind.WORD,
                    text.substring(span[0], span[1]),
                    (char) 0,
                    begin,
                    token.start() + span[0],
                    token.start() + span[1]));
          }
        }
        start = i + 1;
      }
    }
    Token first = parts.pop();
    parts.descendingIterator().forEachRemaining(ahead::push);
    return first;
  }

  /** The next token inside an ACL, where commas separate. */
  private Token inner() throws ConfigException {
    Token token = ahead.isEmpty() ? source.read(true) : ahead.pop();
    while (token.is(',')) {
      token = source.read(true);
    }
    return token;
  }

  private ConfigException expected(String wanted, Token found) {
    return new ConfigException(
        "%s: in %s of the 2.x form: expected %s, found %s"
            .formatted(found.at(), listener, wanted, found.describe()));
  }
}
