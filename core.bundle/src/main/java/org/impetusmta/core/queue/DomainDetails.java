package org.impetusmta.core.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.impetusmta.api.hook.DescribeDomain;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.route.Route;
import org.impetusmta.core.route.Router;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the console shows of a domain besides its queues: its stanzas, who else uses its MX hosts,
 * and what modules know of it. Concurrent.
 */
@Component(service = DomainDetails.class)
public final class DomainDetails {
  /** Domains that are named as users of one host. */
  private static final int MOST_USERS = 20;

  private static final Logger LOG = LoggerFactory.getLogger(DomainDetails.class);

  private final Function<String, List<String>> stanzas;
  private final Router router;
  private final HookList<DescribeDomain> modules;

  @Activate
  public DomainDetails(
      @Reference ConfigEngine engine, @Reference Router router, @Reference Hooks hooks) {
    this(domain -> engine.view().domains(domain), router, hooks.list(DescribeDomain.class));
  }

  DomainDetails(
      Function<String, List<String>> stanzas, Router router, HookList<DescribeDomain> modules) {
    this.stanzas = stanzas;
    this.router = router;
    this.modules = modules;
  }

  /** The configuration of a domain alone; secrets are not shown. */
  public List<String> stanzas(String domain) {
    return stanzas.apply(domain);
  }

  /** The other domains whose mail goes to the MX host {@code exchanger}, with their preference. */
  public List<String> usersOf(String exchanger, Route own) {
    TreeSet<String> users = new TreeSet<>();
    for (Route route : router.routes()) {
      if (route.target().mx() && !route.target().name().equals(own.target().name())) {
        for (Route.Exchanger other : route.exchangers()) {
          if (other.name().equals(exchanger)) {
            users.add(route.target().name() + " pref " + other.preference());
            break;
          }
        }
      }
    }
    List<String> lines =
        new ArrayList<>(
            users.stream().limit(MOST_USERS).map(user -> "(also used by " + user + ")").toList());
    if (users.size() > MOST_USERS) {
      lines.add("(and by " + (users.size() - MOST_USERS) + " more)");
    }
    return lines;
  }

  /** What modules know of a domain. */
  public List<String> ofModules(String domain) {
    return said(module -> module.describeDomain(domain));
  }

  /** What modules know of a host. */
  public List<String> ofModules(String host, int port) {
    return said(module -> module.describeHost(host, port));
  }

  private List<String> said(Function<DescribeDomain, List<String>> question) {
    List<String> lines = new ArrayList<>();
    for (HookEntry<DescribeDomain> entry : modules.entries()) {
      try {
        lines.addAll(question.apply(entry.hook()));
      } catch (RuntimeException e) {
        LOG.error("{} failed to describe a domain", entry.module(), e);
      }
    }
    return lines;
  }
}
