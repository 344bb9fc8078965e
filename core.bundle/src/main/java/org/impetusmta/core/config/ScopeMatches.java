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
 * peers. Made once for each scope, so patterns are compiled once. Immutable.
 */
final class ScopeMatches {
  private record RegexDomain(Pattern pattern, ConfigScope scope) {}

  private final List<RegexDomain> regexDomains;
  private final CidrSet peerBlocks;
  private final Map<Cidr, ConfigScope> peers;

  private ScopeMatches(List<RegexDomain> regexDomains, Map<Cidr, ConfigScope> peers) {
    this.regexDomains = List.copyOf(regexDomains);
    this.peers = Map.copyOf(peers);
    this.peerBlocks = CidrSet.of(peers.keySet());
  }

  /** Of a scope that the validator has passed. */
  static ScopeMatches of(ConfigScope container) {
    List<RegexDomain> regexes = new ArrayList<>();
    for (ConfigScope domain : container.scopes("domain")) {
      domain
          .instance()
          .filter(ConfigScope::isRegex)
          .ifPresent(regex -> regexes.add(new RegexDomain(compile(regex), domain)));
    }
    Map<Cidr, ConfigScope> peers = new HashMap<>();
    for (ConfigScope peer : container.scopes("peer")) {
      peer.instance().ifPresent(block -> peers.put(Cidr.parse(block), peer));
    }
    return new ScopeMatches(regexes, peers);
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

  /** The domain stanzas for a name: the exact one, then the regex ones in the order written. */
  static List<ConfigScope> domains(ConfigScope container, String domain) {
    List<ConfigScope> found = new ArrayList<>(1);
    container.scope("domain", Optional.of(domain)).ifPresent(found::add);
    for (RegexDomain regex : container.matches().regexDomains) {
      if (regex.scope != (found.isEmpty() ? null : found.getFirst())
          && regex.pattern.matcher(domain).find()) {
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
