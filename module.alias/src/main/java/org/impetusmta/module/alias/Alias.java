package org.impetusmta.module.alias;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.ValidateRcpttoList;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.Transaction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recipients that stand for others, by data sources. What a recipient stands for is looked up at
 * its RCPT, whose reply says if that failed; once the client has named all of them, and the relay
 * rules have judged what it named, they are replaced. Never blocks. Concurrent. Source:
 * modules.alias, conf.ref.alias_schemes.
 */
@Module(
    name = "alias",
    kind = Module.Kind.VALIDATE,
    description = "Recipients that stand for others, by queries of data sources",
    requires = "ds_core")
@Component(
    factory = Module.FACTORY + "alias",
    service = {ValidateRcptto.class, ValidateRcpttoList.class, Reconfigurable.class})
public final class Alias
    implements ValidateRcptto, ValidateRcpttoList, SchemeSource, Reconfigurable {
  private static final Logger LOG = LoggerFactory.getLogger(Alias.class);

  /** Addresses that the recipients of one transaction may become. */
  static final int MOST = 10_000;

  private static final Verdict LATER =
      Verdict.refuse(451, "4.3.0", "temporary lookup failure, please try later");
  private static final Verdict TOO_MANY =
      Verdict.refuse(452, "4.5.3", "too many recipients, please send some of them later");

  private final Datasources datasources;

  /**
   * The stanzas of this module are {@link SchemeSource}s among what is in force, in their order.
   */
  private final Supplier<List<ValidateRcptto>> hooks;

  private volatile Map<String, AliasScheme> schemes;
  private volatile Map<String, AliasScheme> next;

  /** What recipients become when the list is complete; a transaction that ends takes it along. */
  private final Map<Transaction, Replacements> waiting =
      Collections.synchronizedMap(new WeakHashMap<>());

  /** The recipients of a transaction that stand for others, as they are found. Concurrent. */
  private static final class Replacements {
    // guarded by this
    private final Map<Address, List<Address>> all = new LinkedHashMap<>();
    private int sum;

    /** Keeps one, unless that is too much. */
    synchronized boolean add(Address recipient, List<Address> by) {
      List<Address> before = all.getOrDefault(recipient, List.of());
      int next = sum - before.size() + by.size();
      if (next > MOST) {
        return false;
      }
      sum = next;
      all.put(recipient, by);
      return true;
    }

    synchronized Map<Address, List<Address>> all() {
      return Map.copyOf(all);
    }
  }

  /** Per domain. */
  @OptionSet(Scopes.DOMAIN)
  public record DomainOptions(
      @Option(doc = "The alias schemes of recipients in this domain; an empty list: none")
          Optional<List<String>> aliasSchemes) {}

  /** For domains that do not say it. */
  @OptionSet({Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP})
  public record ServerOptions(
      @Option(doc = "The alias schemes of recipients, the first that has an answer counts")
          Optional<List<String>> aliasSchemes) {}

  /**
   * @throws ConfigException when a scheme lacks something, or {@code alias_schemes} names another
   */
  @Activate
  public Alias(
      Map<String, Object> properties,
      @Reference Datasources datasources,
      @Reference HooksInForce hooks)
      throws ConfigException {
    this(ModuleStanza.of(properties), datasources, hooks.inForce(ValidateRcptto.class));
  }

  Alias(ModuleStanza module, Datasources datasources, Supplier<List<ValidateRcptto>> hooks)
      throws ConfigException {
    this.datasources = datasources;
    this.hooks = hooks;
    this.schemes = read(module);
    this.next = schemes;
  }

  private static Map<String, AliasScheme> read(ModuleStanza module) throws ConfigException {
    Map<String, AliasScheme> found = new LinkedHashMap<>();
    for (Stanza stanza : module.stanza().children("scheme")) {
      AliasScheme scheme = AliasScheme.of(stanza, module.generation());
      if (found.put(scheme.name(), scheme) != null) {
        throw new ConfigException(
            "%s: in alias: scheme \"%s\": it is there twice"
                .formatted(stanza.position(), scheme.name()));
      }
    }
    checkNames(module.generation());
    return found;
  }

  /** Whether each scheme that is to be used is there, in whatever stanza. */
  private static void checkNames(Generation generation) throws ConfigException {
    Set<String> known = new HashSet<>();
    for (Stanza alias : generation.stanzas("alias")) {
      alias.children("scheme").forEach(scheme -> scheme.instance().ifPresent(known::add));
    }
    check(
        "global", known, generation.options(ServerOptions.class, ScopePath.GLOBAL).aliasSchemes());
    for (Stanza domain : generation.stanzas("domain")) {
      check(
          domain.position() + ": in domain " + domain.instance().orElse(""),
          known,
          generation.options(DomainOptions.class, new ScopePath.Within(domain)).aliasSchemes());
    }
    List<Stanza> pathways = new ArrayList<>(generation.stanzas("pathway"));
    for (Stanza group : generation.stanzas("pathway_group")) {
      pathways.add(group);
      pathways.addAll(group.children("pathway"));
    }
    for (Stanza pathway : pathways) {
      check(
          pathway.position() + ": in " + pathway.name() + " " + pathway.instance().orElse(""),
          known,
          generation.options(ServerOptions.class, new ScopePath.Within(pathway)).aliasSchemes());
    }
  }

  private static void check(String where, Set<String> known, Optional<List<String>> said)
      throws ConfigException {
    for (String name : said.orElse(List.of())) {
      if (!known.contains(name)) {
        throw new ConfigException(
            "%s: alias_schemes: found \"%s\", expected the name of a Scheme of alias"
                .formatted(where, name));
      }
    }
  }

  @Override
  public void prepare(ModuleStanza module) throws ConfigException {
    next = read(module);
  }

  @Override
  public void commit(ModuleStanza now) {
    schemes = next;
  }

  @Override
  public Optional<AliasScheme> scheme(String name) {
    return Optional.ofNullable(schemes.get(name));
  }

  /** Of several stanzas the first works for all of them. */
  @SuppressWarnings("ReferenceEquality") // this very instance
  private boolean leads(List<ValidateRcptto> all) {
    for (ValidateRcptto hook : all) {
      if (hook instanceof SchemeSource) {
        return hook == this;
      }
    }
    return false;
  }

  @Override
  public Verdict validateRcptto(Address recipient, Transaction transaction) {
    List<ValidateRcptto> all = hooks.get();
    if (!leads(all) || recipient.domain().isEmpty()) {
      return Verdict.CONTINUE;
    }
    AcceptConstruct connection = transaction.connection();
    ScopePath pathway =
        new ScopePath.OnPathway(
            new ScopePath.Receiving("esmtp_listener", "", Optional.empty()),
            transaction
                .context()
                .get("pathway")
                .or(() -> connection.context().get("pathway"))
                .orElse("default"));
    Generation generation = connection.generation();
    List<String> usual =
        generation.options(ServerOptions.class, pathway).aliasSchemes().orElse(List.of());
    List<String> names = schemesOf(recipient, generation, usual);
    if (names.isEmpty()) {
      return Verdict.CONTINUE;
    }
    CompletableFuture<Verdict> verdict =
        Expansion.of(
                recipient,
                address ->
                    aliases(
                        address,
                        address.equals(recipient) ? names : schemesOf(address, generation, usual),
                        0,
                        all))
            .handle(
                (found, failure) ->
                    failure == null ? decided(recipient, transaction, found) : failed(failure))
            .toCompletableFuture();
    return verdict.isDone() ? verdict.join() : Verdict.suspend(verdict);
  }

  private static List<String> schemesOf(
      Address address, Generation generation, List<String> usual) {
    return generation
        .options(DomainOptions.class, new ScopePath.Sending("", "", address.routingDomain()))
        .aliasSchemes()
        .orElse(usual);
  }

  /** What the first scheme says that has an answer. */
  private CompletionStage<List<Address>> aliases(
      Address address, List<String> names, int from, List<ValidateRcptto> all) {
    if (from == names.size()) {
      return CompletableFuture.completedStage(List.of());
    }
    String name = names.get(from);
    Optional<AliasScheme> scheme = scheme(name, all);
    if (scheme.isEmpty()) {
      return CompletableFuture.failedStage(
          new DatasourceException("alias_schemes: there is no scheme \"" + name + "\""));
    }
    CompletionStage<List<Address>> answer = scheme.get().expand(address, datasources);
    return from + 1 == names.size()
        ? answer
        : answer.thenCompose(
            found ->
                found.isEmpty()
                    ? aliases(address, names, from + 1, all)
                    : CompletableFuture.completedStage(found));
  }

  private static Optional<AliasScheme> scheme(String name, List<ValidateRcptto> all) {
    for (ValidateRcptto hook : all) {
      if (hook instanceof SchemeSource source) {
        Optional<AliasScheme> scheme = source.scheme(name);
        if (scheme.isPresent()) {
          return scheme;
        }
      }
    }
    return Optional.empty();
  }

  private static Verdict failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    LOG.error("alias: a recipient is deferred: {}", cause.getMessage());
    return LATER;
  }

  private Verdict decided(
      Address recipient, Transaction transaction, Optional<List<Address>> found) {
    if (found.isEmpty()) {
      return Verdict.CONTINUE;
    }
    Replacements replacements = waiting.computeIfAbsent(transaction, _ -> new Replacements());
    if (!replacements.add(recipient, found.get())) {
      return TOO_MANY;
    }
    return Verdict.CONTINUE;
  }

  @Override
  public Verdict validateRcpttoList(Transaction transaction) {
    Replacements complete = waiting.remove(transaction);
    if (complete != null) {
      Map<Address, List<Address>> replacements = complete.all();
      Set<Address> named = new LinkedHashSet<>(transaction.recipients());
      Set<String> there = new HashSet<>();
      named.stream()
          .filter(recipient -> !replacements.containsKey(recipient))
          .forEach(recipient -> there.add(Expansion.key(recipient)));
      for (Address recipient : named) {
        List<Address> by = replacements.get(recipient);
        if (by != null) {
          transaction
              .connection()
              .validation()
              .replaceRecipient(
                  recipient, by.stream().filter(one -> there.add(Expansion.key(one))).toList());
        }
      }
    }
    return Verdict.CONTINUE;
  }
}
