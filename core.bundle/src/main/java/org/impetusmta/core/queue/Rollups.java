package org.impetusmta.core.queue;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.core.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * MX rollup: mail of a domain whose MX host is that of a {@code host} stanza with {@code rollup_mx}
 * is queued for the domain {@code rollup_mx_name}, whose hosts, limits and policies then count.
 *
 * <p>Only the MX hosts of the best preference are looked at: a backup that many share must not take
 * what another should have. A domain that any stanza names as a destination stays where it is, so
 * mail never goes in a circle. Immutable; one for each generation. Source: rollup_mx,
 * rollup_mx_name (2020).
 */
final class Rollups {
  private static final String ON = "rollup_mx";
  private static final String NAME = "rollup_mx_name";

  private final Generation generation;
  private final Set<String> destinations;

  private Rollups(Generation generation, Set<String> destinations) {
    this.generation = generation;
    this.destinations = Set.copyOf(destinations);
  }

  static Rollups of(Generation generation) {
    Set<String> names = new HashSet<>();
    for (Stanza host : SendingStanzas.hosts(generation)) {
      generation
          .options(HostRollupOptions.class, new ScopePath.Within(host))
          .rollupMxName()
          .ifPresent(name -> names.add(domain(name)));
    }
    return new Rollups(generation, names);
  }

  /**
   * @throws ConfigException when a host is rolled up and nobody says where to, or to no domain
   */
  static void check(Generation next) throws ConfigException {
    for (Stanza host : SendingStanzas.hosts(next)) {
      HostRollupOptions options = next.options(HostRollupOptions.class, new ScopePath.Within(host));
      String where =
          host.position() + ": in host \"" + host.instance().orElse("") + "\": rollup_mx";
      if (options.rollupMxName().isPresent() && !isDomain(options.rollupMxName().get())) {
        throw new ConfigException(
            where + "_name = \"" + options.rollupMxName().get() + "\": expected a domain");
      }
      if (options.rollupMx()
          && options.rollupMxName().isEmpty()
          && next.options(
                  HostRollupOptions.class, ScopePath.Host.everywhere(host.instance().orElse("")))
              .rollupMxName()
              .isEmpty()) {
        throw new ConfigException(where + " = true: expected a rollup_mx_name beside it");
      }
    }
  }

  private static boolean isDomain(String name) {
    return name.length() <= 253
        && name.matches("[\\p{L}\\p{N}_]([\\p{L}\\p{N}_.-]*[\\p{L}\\p{N}_])?[.]?")
        && !name.contains("..");
  }

  private static String domain(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /** Whether nothing is rolled up anywhere. */
  boolean none() {
    return destinations.isEmpty();
  }

  /** The domain whose queue gets the mail that {@code route} was looked up for. */
  Optional<String> destination(ScopePath.Sending path, Route route) {
    if (none()
        || !route.target().mx()
        || !route.target().items().isEmpty()
        || route.exchangers().isEmpty()
        || destinations.contains(path.domain())) {
      return Optional.empty();
    }
    int best = route.exchangers().getFirst().preference();
    String found = null;
    for (Route.Exchanger exchanger : route.exchangers()) {
      if (exchanger.preference() == best) {
        String name = destination(path, exchanger.name());
        // the order of equals is random, where mail goes is not
        found = name != null && (found == null || name.compareTo(found) < 0) ? name : found;
      }
    }
    return Optional.ofNullable(found);
  }

  private @Nullable String destination(ScopePath.Sending path, String host) {
    if (!asked(ON, path, host).rollupMx()) {
      return null;
    }
    return asked(NAME, path, host).rollupMxName().map(Rollups::domain).orElse(null);
  }

  /** What the host stanza of the binding says, else the one outside every binding. */
  private HostRollupOptions asked(String option, ScopePath.Sending path, String host) {
    ScopePath inside = new ScopePath.Host(path.bindingGroup(), path.binding(), host);
    boolean said = generation.origin(HostRollupOptions.class, option, inside).isPresent();
    return generation.options(
        HostRollupOptions.class, said ? inside : ScopePath.Host.everywhere(host));
  }
}
