package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.OptionDeclaration;
import org.impetusmta.core.config.option.ScopeRules;
import org.jspecify.annotations.Nullable;

/**
 * The scopes that are asked for a value, most specific first. Only scopes that exist are in it.
 * Immutable. Source: ecelerity.conf.fallback, conf.ref.domain, conf.ref.pathway, listeners.
 */
record Fallback(List<Link> links) {
  private static final String DEFAULT = "default";
  private static final String BINDING = "binding";
  private static final String BINDING_GROUP = "binding_group";
  private static final String DOMAIN = "domain";
  private static final String HOST = "host";
  private static final String PATHWAY = "pathway";
  private static final String PATHWAY_GROUP = "pathway_group";
  private static final String LISTEN = "listen";

  /**
   * One scope to ask.
   *
   * @param general the key of what is declared for all its like, see {@link ScopeRules#general}
   * @param containers the stanzas that it stands in, outermost first
   */
  record Link(ConfigScope scope, String general, List<ConfigScope> containers) {
    Link(ConfigScope scope, ConfigScope... containers) {
      this(scope, ScopeRules.general(scope.kind()), List.of(containers));
    }

    /** The scope as it is typed at the console; the same for every generation that has it. */
    String typed() {
      if (scope.name().isEmpty()) {
        return ScopeRules.GLOBAL;
      }
      StringBuilder out = new StringBuilder();
      containers.forEach(container -> heading(container, out).append(' '));
      return heading(scope, out).toString();
    }

    private static StringBuilder heading(ConfigScope scope, StringBuilder out) {
      out.append(scope.name());
      scope
          .instance()
          .ifPresent(
              instance ->
                  new ConfigValue.Text(ConfigScope.sameInstance(scope.name(), instance), '"')
                      .print(out.append(' '), ""));
      return out;
    }

    /** The option as said in this scope, if the declaration covers the scope. */
    @Nullable ConfigOption find(OptionDeclaration option) {
      ConfigOption found = scope.option(option.name());
      return found != null
              && (option.scopes().contains(scope.kind()) || option.scopes().contains(general))
          ? found
          : null;
    }
  }

  /** The first scope's answer. */
  @Nullable ConfigOption find(OptionDeclaration option) {
    Link link = who(option);
    return link == null ? null : link.find(option);
  }

  /** The scope whose answer counts; null where none has one. */
  @Nullable Link who(OptionDeclaration option) {
    for (Link link : links) {
      if (link.find(option) != null) {
        return link;
      }
    }
    return null;
  }

  /** What a path of the API means in a configuration. */
  static Fallback of(ConfigScope root, ScopePath path) {
    return switch (path) {
      case ScopePath.Global _ -> new Fallback(List.of(new Link(root)));
      case ScopePath.Sending(String group, String binding, String domain) ->
          sending(root, Optional.of(group), Optional.of(binding), Optional.of(domain));
      case ScopePath.Host(String group, String binding, String host) ->
          host(root, group, binding, host);
      case ScopePath.Receiving of -> receiving(root, of, Optional.empty());
      case ScopePath.OnPathway(ScopePath.Receiving of, String pathway) ->
          receiving(root, of, Optional.of(pathway));
      case ScopePath.Within(Stanza stanza) -> within(stanza);
    };
  }

  /** What a path typed at the console means; the scope at its end need not exist. */
  static Fallback of(ConfigScope root, ConfigPath path) {
    if (path.isGlobal()) {
      return new Fallback(List.of(new Link(root)));
    }
    ConfigPath.Step first = path.steps().getFirst();
    if (ScopeRules.isListener(first.name())) {
      Optional<String> peer = path.instance("peer");
      return receiving(
          root,
          root.scope(first.name(), first.instance()),
          path.instance(LISTEN),
          scope -> peer.map(block -> scope.matches().peers(Cidr.parse(block))).orElse(List.of()),
          Optional.empty());
    }
    String last = path.steps().getLast().name();
    return switch (last) {
      case BINDING, BINDING_GROUP, DOMAIN ->
          sending(
              root,
              path.instance(BINDING_GROUP).or(() -> groupOf(root, path.instance(BINDING))),
              path.instance(BINDING),
              path.instance(DOMAIN));
      case PATHWAY, PATHWAY_GROUP -> {
        List<Link> links = new ArrayList<>();
        pathway(root, path.instance(PATHWAY_GROUP), path.instance(PATHWAY), links);
        links.add(new Link(root));
        yield new Fallback(links);
      }
      default -> new Fallback(path.in(root).map(scope -> new Link(scope)).stream().toList());
    };
  }

  /** A stanza that no file says, that of a module loaded without one, is empty. */
  private static Fallback within(Stanza stanza) {
    return new Fallback(stanza instanceof ConfigScope scope ? List.of(new Link(scope)) : List.of());
  }

  private static Fallback sending(
      ConfigScope root,
      Optional<String> groupName,
      Optional<String> bindingName,
      Optional<String> domain) {
    Optional<ConfigScope> group =
        groupName.flatMap(name -> root.scope(BINDING_GROUP, Optional.of(name)));
    Optional<ConfigScope> grouped =
        bindingName.flatMap(
            name -> group.flatMap(scope -> scope.scope(BINDING, Optional.of(name))));
    Optional<ConfigScope> binding =
        bindingName.flatMap(name -> root.scope(BINDING, Optional.of(name)));
    List<Link> links = new ArrayList<>();
    grouped.ifPresent(scope -> addDomains(scope, domain, links, group.orElse(root), scope));
    binding.ifPresent(scope -> addDomains(scope, domain, links, scope));
    group.ifPresent(scope -> addDomains(scope, domain, links, scope));
    grouped.ifPresent(scope -> links.add(new Link(scope, group.orElse(root))));
    binding.ifPresent(scope -> links.add(new Link(scope)));
    group.ifPresent(scope -> links.add(new Link(scope)));
    addDomains(root, domain, links);
    links.add(new Link(root));
    return new Fallback(links);
  }

  private static void addDomains(
      ConfigScope container, Optional<String> domain, List<Link> links, ConfigScope... containers) {
    domain.ifPresent(name -> addNames(container, DOMAIN, name, links, containers));
  }

  /** The domain or host stanzas for a name. */
  private static void addNames(
      ConfigScope container,
      String stanza,
      String name,
      List<Link> links,
      ConfigScope... containers) {
    for (ConfigScope scope : ScopeMatches.names(container, stanza, name)) {
      links.add(new Link(scope, containers));
    }
  }

  /** Hosts of a binding, or those outside every binding; nothing else is asked. */
  private static Fallback host(
      ConfigScope root, String groupName, String bindingName, String name) {
    List<Link> links = new ArrayList<>();
    if (bindingName.isEmpty()) {
      addNames(root, HOST, name, links);
      return new Fallback(links);
    }
    Optional<ConfigScope> group = root.scope(BINDING_GROUP, Optional.of(groupName));
    Optional<String> binding = Optional.of(bindingName);
    group
        .flatMap(scope -> scope.scope(BINDING, binding))
        .ifPresent(scope -> addNames(scope, HOST, name, links, group.orElse(root), scope));
    root.scope(BINDING, binding).ifPresent(scope -> addNames(scope, HOST, name, links, scope));
    group.ifPresent(scope -> addNames(scope, HOST, name, links, scope));
    return new Fallback(links);
  }

  /** The group of a binding that stands in one; the default group of any other. */
  private static Optional<String> groupOf(ConfigScope root, Optional<String> binding) {
    if (binding.isEmpty()) {
      return Optional.empty();
    }
    if (root.scope(BINDING, binding).isEmpty()) {
      for (ConfigScope group : root.scopes(BINDING_GROUP)) {
        if (group.scope(BINDING, binding).isPresent()) {
          return group.instance();
        }
      }
    }
    return Optional.of(DEFAULT);
  }

  private static Fallback receiving(
      ConfigScope root, ScopePath.Receiving of, Optional<String> chosen) {
    return receiving(
        root,
        root.scope(of.listener(), Optional.empty()),
        Optional.of(of.listen()),
        scope -> of.peer().map(address -> scope.matches().peers(address)).orElse(List.of()),
        chosen);
  }

  private static Fallback receiving(
      ConfigScope root,
      Optional<ConfigScope> listener,
      Optional<String> listenName,
      Function<ConfigScope, List<ConfigScope>> peers,
      Optional<String> chosenPathway) {
    List<Link> links = new ArrayList<>();
    if (listener.isPresent()) {
      Optional<ConfigScope> listen =
          listenName.flatMap(name -> listener.get().scope(LISTEN, Optional.of(name)));
      listen.ifPresent(scope -> peers.apply(scope).forEach(peer -> links.add(new Link(peer))));
      peers.apply(listener.get()).forEach(peer -> links.add(new Link(peer)));
      listen.ifPresent(scope -> links.add(new Link(scope)));
      links.add(new Link(listener.get()));
    }
    String pathway = chosenPathway.orElseGet(() -> pathway(links));
    pathway(root, Optional.empty(), Optional.of(pathway), links);
    links.add(new Link(root));
    return new Fallback(links);
  }

  /** The pathway that the most specific of these scopes names. */
  private static String pathway(List<Link> links) {
    for (Link link : links) {
      ConfigOption option = link.scope.option(PATHWAY);
      if (option != null && option.value() instanceof ConfigValue.Text(String text, char _)) {
        return text;
      }
    }
    return DEFAULT;
  }

  /**
   * The pathway in its group, the pathway, its group. A pathway's group is the first to hold it.
   */
  private static void pathway(
      ConfigScope root, Optional<String> groupName, Optional<String> name, List<Link> links) {
    Optional<ConfigScope> group =
        groupName.isPresent()
            ? root.scope(PATHWAY_GROUP, groupName)
            : root.scopes(PATHWAY_GROUP).stream()
                .filter(scope -> name.isPresent() && scope.scope(PATHWAY, name).isPresent())
                .findFirst();
    if (name.isPresent()) {
      group
          .flatMap(scope -> scope.scope(PATHWAY, name))
          .ifPresent(scope -> links.add(new Link(scope)));
      root.scope(PATHWAY, name).ifPresent(scope -> links.add(new Link(scope)));
    }
    group.ifPresent(scope -> links.add(new Link(scope)));
  }
}
