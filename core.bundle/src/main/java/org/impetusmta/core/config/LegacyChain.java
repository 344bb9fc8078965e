package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.ConfigLexer.Token;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.Words;

/**
 * The ACL of a 2.x address, and its form as options of the Listen and of Peers in it.
 *
 * <p>The rules are looked at in the order written. One whose block holds the client is applied,
 * what it says replacing what was said before (pairs of a context, relayed senders and extensions
 * add up); the chain ends there unless it says {@code continue}. What holds for a client depends on
 * the narrowest block alone that it is in, since blocks lie inside each other or apart. So each
 * block becomes a Peer that says what the chain makes of a client in it, less what its Peer falls
 * back to; what must not reach it from the wider Peer is said with its default. Single until it is
 * read, then read-only. Source: ecelerity.conf of 2.x, "Extended Listener Configuration".
 */
final class LegacyChain {
  /** The addresses that clients of a socket can have. */
  enum Clients {
    IPV4,
    IPV6,
    BOTH,
    /** Clients of a Unix socket, who count as coming from the loopback address. */
    LOCAL;

    private List<Cidr> blocks() {
      return switch (this) {
        case IPV4 -> List.of(ALL_IPV4);
        case IPV6 -> List.of(ALL_IPV6);
        case BOTH -> List.of(ALL_IPV4, ALL_IPV6);
        case LOCAL -> List.of(LOOPBACK);
      };
    }
  }

  private static final Cidr ALL_IPV4 = Cidr.parse("0.0.0.0/0");
  private static final Cidr ALL_IPV6 = Cidr.parse("::/0");
  private static final Cidr LOOPBACK = Cidr.parse("127.0.0.1");

  /** A key and its value inside a property. */
  record Pair(Token key, ConfigValue value) {}

  private static final String CONTEXT = "Context";
  private static final String OPEN_RELAY = "Open_Relay";
  private static final String SENDERS = "Relay_For_Sending_Domains";
  private static final String EXTENSIONS = "SMTP_Extensions";
  private static final String ENABLE_AUTHENTICATION = "Enable_Authentication";
  private static final String ALWAYS_ALLOW = "Always_Allow";

  /** What EHLO offers without being told to. */
  private static final List<String> ALWAYS_OFFERED = List.of("PIPELINING", "8BITMIME", "SIZE");

  /** The options of a personality, and their values where nobody says them. */
  private static final Map<String, Modern> PERSONALITY = new LinkedHashMap<>();

  private record Modern(String option, String unsaid) {}

  static {
    for (Modern modern :
        List.of(
            new Modern("StartTLS_Injection_Policy", "reject"),
            new Modern("Listener_Sessions", "0"),
            new Modern("Service_Sessions", "0"),
            new Modern("Idle_Time", "300"),
            new Modern("Max_Receptions_Per_Connection", "0"),
            new Modern("Max_Recipients_Per_Connection", "0"),
            new Modern("Max_Recipients_Per_Message", "0"),
            new Modern("Max_Message_Size", "0"),
            new Modern("Banner_Hostname", ""),
            new Modern("Static_Banner", ""),
            new Modern("Received_Hostname", ""),
            new Modern("Allow_Trailing_Whitespace_In_Commands", "false"))) {
      PERSONALITY.put(modern.option().toLowerCase(Locale.ROOT), modern);
    }
    PERSONALITY.put("message_size", new Modern("Max_Message_Size", "0"));
  }

  private static final Map<String, String> TLS =
      Map.of(
          "certificate", "TLS_Certificate",
          "key", "TLS_Key",
          "clientca", "TLS_Client_CA",
          "ciphers", "TLS_Ciphers");

  private static final Map<String, String> MECHANISMS =
      Map.of(
          "digest-md5", "AuthDigestMD5Parameters",
          "cram-md5", "AuthCramMD5Parameters",
          "login", "AuthLoginParameters",
          "plain", "AuthPlainParameters");

  private final String listener;
  private final Clients clients;
  private final List<Rule> rules = new ArrayList<>();

  LegacyChain(String listener, Clients clients) {
    this.listener = listener;
    this.clients = clients;
  }

  /** Adds a rule, which is to be filled. */
  Rule rule(Token written, Cidr block) {
    Rule rule = new Rule(written, block);
    rules.add(rule);
    return rule;
  }

  /** One ruleset. */
  final class Rule {
    private final Token token;
    private final Cidr block;
    private final List<ConfigOption> said = new ArrayList<>();
    private boolean goesOn;

    private Rule(Token token, Cidr block) {
      this.token = token;
      this.block = block;
    }

    String written() {
      return token.text();
    }

    private Position at() {
      return LegacyForm.at(token, token.text() + " = ( … )");
    }

    /**
     * Adds a property.
     *
     * @param dictionary whether it has pairs, which may be none
     */
    void say(Token property, boolean dictionary, List<Pair> pairs) throws ConfigException {
      String name = property.text().toLowerCase(Locale.ROOT);
      switch (name) {
        case "continue" -> goesOn = true;
        case "always-allow" -> add(ALWAYS_ALLOW, "true", property, property.text());
        case "relay_for_sending_domains" -> relay(property, pairs);
        case "context" -> {
          Map<String, ConfigValue> entries = new LinkedHashMap<>();
          pairs.forEach(pair -> entries.put(pair.key().text(), pair.value()));
          add(CONTEXT, new ConfigValue.Dictionary(entries), property, property.text());
        }
        case "personality" -> {
          for (Pair pair : pairs) {
            Modern modern = PERSONALITY.get(pair.key().text().toLowerCase(Locale.ROOT));
            if (modern == null) {
              throw unknown(pair.key(), "option of a personality", PERSONALITY.keySet());
            }
            add(modern.option(), pair.value(), pair.key(), pair.key().text());
          }
        }
        default -> {
          if (!dictionary) {
            throw unknown(
                property,
                "property",
                List.of(
                    "continue",
                    "always-allow",
                    "relay_for_sending_domains",
                    "context",
                    "personality"));
          }
          extension(property, name, pairs);
        }
      }
    }

    private void relay(Token property, List<Pair> pairs) throws ConfigException {
      if (pairs.isEmpty()) {
        add(OPEN_RELAY, "true", property, property.text());
        return;
      }
      List<ConfigValue> domains = new ArrayList<>();
      for (Pair pair : pairs) {
        if (!(pair.value() instanceof ConfigValue.Text(String text, char _))
            || !text.equalsIgnoreCase("true")) {
          throw new ConfigException(
              "%s: in %s: expected %s = true, found %s"
                  .formatted(
                      pair.key().at(), listener, pair.key().text(), pair.value().describe()));
        }
        domains.add(new ConfigValue.Text(pair.key().text(), '"'));
      }
      add(SENDERS, new ConfigValue.Items(domains), property, property.text());
    }

    /**
     * {@code NAME [ extension = KEYWORD … ]}: what EHLO offers, and the options that go with it.
     */
    private void extension(Token property, String name, List<Pair> pairs) throws ConfigException {
      String keyword = "";
      String argument = property.text();
      Map<String, ConfigValue> parameters = new LinkedHashMap<>();
      for (Pair pair : pairs) {
        String key = pair.key().text().toLowerCase(Locale.ROOT);
        String tls = name.equals("tls") ? TLS.get(key) : null;
        if (key.equals("extension")
            && pair.value() instanceof ConfigValue.Text(String it, char _)) {
          keyword = it;
        } else if (key.equals("extension_argument")
            && pair.value() instanceof ConfigValue.Text(String it, char _)) {
          argument = it;
        } else if (tls != null) {
          add(tls, pair.value(), pair.key(), "TLS [ " + pair.key().text() + " ]");
        } else if (MECHANISMS.containsKey(name)) {
          parameters.put(pair.key().text(), pair.value());
        } else {
          throw unknown(
              pair.key(),
              "attribute of " + property.text(),
              name.equals("tls") ? TLS.keySet() : List.of("extension"));
        }
      }
      String mechanism = MECHANISMS.get(name);
      if (mechanism != null) {
        add(mechanism, new ConfigValue.Dictionary(parameters), property, property.text());
      } else if (keyword.isEmpty()) {
        throw unknown(property, "property with an extension", List.of("extension"));
      }
      if (!keyword.isEmpty()) {
        String offered = keyword.equalsIgnoreCase("auth") ? "AUTH " + argument : keyword;
        List<ConfigValue> list = new ArrayList<>();
        ALWAYS_OFFERED.forEach(word -> list.add(new ConfigValue.Text(word, '"')));
        list.add(new ConfigValue.Text(offered, '"'));
        add(EXTENSIONS, new ConfigValue.Items(list), property, property.text());
      }
    }

    private void add(String option, String value, Token at, String spelled) {
      add(option, ConfigValue.Text.bare(value), at, spelled);
    }

    private void add(String option, ConfigValue value, Token at, String spelled) {
      said.add(new ConfigOption(option, value, LegacyForm.at(at, spelled)));
    }

    private ConfigException unknown(Token token, String what, java.util.Collection<String> known) {
      return new ConfigException(
          "%s: in %s, rule %s: unknown %s \"%s\"%s"
              .formatted(
                  token.at(),
                  listener,
                  written(),
                  what,
                  token.text(),
                  Words.nearest(token.text().toLowerCase(Locale.ROOT), known)
                      .map(near -> "; did you mean " + near + "?")
                      .orElse(", expected one of " + String.join(", ", known))));
    }
  }

  /** Says it in the modern form. */
  void into(ScopeBuilder listen) throws ConfigException {
    if (isEsmtp()) {
      idle().values().forEach(listen::add);
    }
    Map<String, ConfigOption> base = new LinkedHashMap<>();
    List<Cidr> universe = clients.blocks();
    boolean alike =
        universe.stream()
                .map(block -> effective(block).values().stream().toList())
                .distinct()
                .count()
            == 1;
    Set<Cidr> blocks = new LinkedHashSet<>();
    if (alike) {
      // the same for all clients: said in the Listen itself
      base = effective(universe.getFirst());
      base.values().forEach(listen::add);
    } else {
      blocks.addAll(universe);
    }
    if (clients == Clients.LOCAL) {
      return;
    }
    for (Rule rule : rules) {
      if (!alike || !universe.contains(rule.block)) {
        blocks.add(rule.block);
      }
    }
    for (Cidr block : blocks) {
      Map<String, ConfigOption> around =
          blocks.stream()
              .filter(wider -> !wider.equals(block) && holds(wider, block))
              .max(java.util.Comparator.comparingInt(Cidr::prefixLength))
              .map(this::effective)
              .orElse(base);
      peer(listen, block, around);
    }
  }

  private void peer(ScopeBuilder listen, Cidr block, Map<String, ConfigOption> around)
      throws ConfigException {
    Optional<Rule> rule = rules.stream().filter(one -> one.block.equals(block)).findFirst();
    Position at = rule.map(Rule::at).orElse(listen.position());
    Map<String, ConfigOption> own = effective(block);
    if (rule.isEmpty() && own.isEmpty()) {
      return;
    }
    ScopeBuilder peer =
        listen.stanza("Peer", Optional.of(rule.map(Rule::written).orElse(block.toString())), at);
    own.forEach(
        (name, option) -> {
          if (!Optional.of(option).equals(Optional.ofNullable(around.get(name)))) {
            peer.add(option);
          }
        });
    for (Map.Entry<String, ConfigOption> wider : around.entrySet()) {
      if (!own.containsKey(wider.getKey())) {
        unsaid(wider.getValue(), own, at).ifPresent(peer::add);
      }
    }
  }

  /** What keeps an option of a wider rule out of the rule that ended the chain before it. */
  private Optional<ConfigOption> unsaid(
      ConfigOption option, Map<String, ConfigOption> own, Position at) throws ConfigException {
    Modern modern = PERSONALITY.get(option.name());
    if (modern != null) {
      char quote = modern.unsaid().isEmpty() ? '"' : ConfigValue.Text.BARE;
      return Optional.of(
          new ConfigOption(modern.option(), new ConfigValue.Text(modern.unsaid(), quote), at));
    }
    return switch (option.written()) {
      case CONTEXT ->
          Optional.of(new ConfigOption(CONTEXT, new ConfigValue.Dictionary(Map.of()), at));
      case EXTENSIONS ->
          Optional.of(
              new ConfigOption(
                  EXTENSIONS,
                  new ConfigValue.Items(
                      ALWAYS_OFFERED.stream()
                          .<ConfigValue>map(word -> new ConfigValue.Text(word, '"'))
                          .toList()),
                  at));
      case OPEN_RELAY, ALWAYS_ALLOW ->
          Optional.of(new ConfigOption(option.written(), ConfigValue.Text.bare("false"), at));
      case SENDERS -> {
        if (own.containsKey(OPEN_RELAY.toLowerCase(Locale.ROOT))) {
          yield Optional.empty(); // whoever may relay for everybody is not asked for whom
        }
        throw new ConfigException(
            "%s: in %s: the chain ends without continue before %s, which a wider rule says; Peers fall back and no value stops that: expected continue, or %s in this rule too"
                .formatted(at, listener, "relay_for_sending_domains", "relay_for_sending_domains"));
      }
      default -> {
        // parameters of TLS and of mechanisms do nothing where EHLO does not offer those; a control
        // listener asks for no mechanism that authentication is not enabled for
        boolean asks =
            MECHANISMS.containsValue(option.written())
                && !isEsmtp()
                && !own.containsKey(ALWAYS_ALLOW.toLowerCase(Locale.ROOT));
        yield asks
            ? Optional.of(
                new ConfigOption(ENABLE_AUTHENTICATION, ConfigValue.Text.bare("false"), at))
            : Optional.empty();
      }
    };
  }

  private boolean isEsmtp() {
    return listener.equalsIgnoreCase("esmtp_listener");
  }

  /**
   * The parameters of TLS and of mechanisms that no two rules say differently. They do nothing
   * where EHLO does not offer those, so they may stand in the Listen, for some may not stand in a
   * Peer.
   */
  private Map<String, ConfigOption> idle() {
    Map<String, ConfigOption> found = new LinkedHashMap<>();
    Set<String> unlike = new LinkedHashSet<>();
    for (Rule rule : rules) {
      for (ConfigOption option : rule.said) {
        boolean parameters =
            TLS.containsValue(option.written()) || MECHANISMS.containsValue(option.written());
        if (parameters && !found.merge(option.name(), option, (one, _) -> one).equals(option)) {
          unlike.add(option.name());
        }
      }
    }
    found.keySet().removeAll(unlike);
    return found;
  }

  /** What holds for the clients in a block that are in no narrower one, by name of the option. */
  private Map<String, ConfigOption> effective(Cidr block) {
    Set<String> everywhere = isEsmtp() ? idle().keySet() : Set.of();
    Map<String, ConfigOption> options = new LinkedHashMap<>();
    for (Rule rule : rules) {
      if (holds(rule.block, block)) {
        for (ConfigOption option : rule.said) {
          if (!everywhere.contains(option.name())) {
            options.merge(option.name(), option, LegacyChain::after);
          }
        }
        if (!rule.goesOn) {
          break;
        }
      }
    }
    return options;
  }

  private static ConfigOption after(ConfigOption before, ConfigOption said) {
    if (before.value() instanceof ConfigValue.Dictionary(Map<String, ConfigValue> old)
        && said.value() instanceof ConfigValue.Dictionary(Map<String, ConfigValue> added)
        && said.written().equals(CONTEXT)) {
      Map<String, ConfigValue> both = new LinkedHashMap<>(old);
      both.putAll(added);
      return new ConfigOption(CONTEXT, new ConfigValue.Dictionary(both), said.where());
    }
    if (before.value() instanceof ConfigValue.Items(List<ConfigValue> old)
        && said.value() instanceof ConfigValue.Items(List<ConfigValue> added)) {
      Set<ConfigValue> both = new LinkedHashSet<>(old);
      both.addAll(added);
      return new ConfigOption(
          said.written(), new ConfigValue.Items(List.copyOf(both)), said.where());
    }
    return said;
  }

  private static boolean holds(Cidr wider, Cidr block) {
    return wider.ipv6() == block.ipv6()
        && wider.prefixLength() <= block.prefixLength()
        && new Cidr(block.ipv6(), block.high(), block.low(), wider.prefixLength()).equals(wider);
  }

  /** What the operator should know: rules that no client comes to. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      rules.subList(0, i).stream()
          .filter(before -> !before.goesOn && holds(before.block, rule.block))
          .findFirst()
          .ifPresent(
              before ->
                  warnings.add(
                      "%s: no client comes to the rule %s: the rule %s before it does not say continue"
                          .formatted(rule.token.at(), rule.written(), before.written())));
    }
    return warnings;
  }
}
