package org.impetusmta.core.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.CidrSet;

/**
 * The stanzas inside one scope that are found by matching rather than by name: regex domains and
 * hosts, peers. Made once for each scope, so patterns are compiled once. Immutable.
 */
final class ScopeMatches {
  private record RegexName(Pattern pattern, ConfigScope scope) {}

  private final Map<String, List<RegexName>> regexNames;
  private final CidrSet peerBlocks;
  private final Map<Cidr, ConfigScope> peers;

  private ScopeMatches(Map<String, List<RegexName>> regexNames, Map<Cidr, ConfigScope> peers) {
    this.regexNames = Map.copyOf(regexNames);
    this.peers = Map.copyOf(peers);
    this.peerBlocks = CidrSet.of(peers.keySet());
  }

  /** Of a scope that the validator has passed. */
  static ScopeMatches of(ConfigScope container) {
    Map<String, List<RegexName>> regexes =
        Map.of("domain", regexes(container, "domain"), "host", regexes(container, "host"));
    Map<Cidr, ConfigScope> peers = new HashMap<>();
    for (ConfigScope peer : container.scopes("peer")) {
      peer.instance().ifPresent(block -> peers.put(Cidr.parse(block), peer));
    }
    return new ScopeMatches(regexes, peers);
  }

  private static List<RegexName> regexes(ConfigScope container, String stanza) {
    List<RegexName> regexes = new ArrayList<>();
    for (ConfigScope scope : container.scopes(stanza)) {
      scope
          .instance()
          .filter(ConfigScope::isRegex)
          .ifPresent(regex -> regexes.add(new RegexName(compile(regex), scope)));
    }
    return List.copyOf(regexes);
  }

  /**
   * The pattern of a regex domain or host, {@code /…/}. It matches anywhere in the name, without
   * case, as domain names have none.
   *
   * @throws java.util.regex.PatternSyntaxException when it is none
   */
  static Pattern compile(String instance) {
    return Pattern.compile(instance.substring(1, instance.length() - 1), Pattern.CASE_INSENSITIVE);
  }

  /**
   * The stanzas for the name of a domain or a host: the exact one, then the regex ones in the order
   * written.
   *
   * @param stanza {@code domain} or {@code host}
   */
  static List<ConfigScope> names(ConfigScope container, String stanza, String name) {
    List<ConfigScope> found = new ArrayList<>(1);
    container.scope(stanza, Optional.of(name)).ifPresent(found::add);
    for (RegexName regex : container.matches().regexNames.getOrDefault(stanza, List.of())) {
      if (regex.scope != (found.isEmpty() ? null : found.getFirst())
          && regex.pattern.matcher(name).find()) {
        found.add(regex.scope);
      }
    }
    return found;
  }

  /** The peer stanzas for an address, most specific first. */
  List<ConfigScope> peers(InetAddress address) {
    List<ConfigScope> found = new ArrayList<>(1);
    for (Cidr block : peerBlocks.matching(address)) {
      ConfigScope peer = peers.get(block);
      if (peer != null) {
        found.add(peer);
      }
    }
    return found;
  }

  /** The peer stanzas that hold a whole block, most specific first. */
  List<ConfigScope> peers(Cidr block) {
    return peers.entrySet().stream()
        .filter(
            peer ->
                peer.getKey().ipv6() == block.ipv6()
                    && peer.getKey().prefixLength() <= block.prefixLength()
                    && new Cidr(
                            block.ipv6(), block.high(), block.low(), peer.getKey().prefixLength())
                        .equals(peer.getKey()))
        .sorted((a, b) -> b.getKey().prefixLength() - a.getKey().prefixLength())
        .map(Map.Entry::getValue)
        .toList();
  }
}
