package org.impetusmta.module.mta_sts;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.hook.DescribeDomain;
import org.impetusmta.api.hook.HookPoints;
import org.impetusmta.api.hook.HookPoints.HookPoint;
import org.impetusmta.api.hook.OutboundTlsPolicy;
import org.impetusmta.api.hook.OutboundTlsResult;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.module.mta_sts.Policies.Decision;
import org.impetusmta.module.mta_sts.PolicySource.Fetched;
import org.impetusmta.module.mta_sts.PolicyStore.Kept;
import org.impetusmta.module.mta_sts.StsPolicy.Mode;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * MTA-STS: what the policy of a domain demands of TLS to its hosts. A host that the policy in force
 * does not name is refused in mode enforce; in mode testing that is only reported. Without a valid
 * policy nothing is demanded. Concurrent. Source: RFC 8461; mta-sts, config.mta-sts.
 */
@Module(
    name = "mta_sts",
    kind = Module.Kind.DELIVERY,
    description = "MTA-STS policies",
    singleton = "true")
@Component(
    factory = Module.FACTORY + "mta_sts",
    service = {OutboundTlsPolicy.class, DescribeDomain.class, ConsoleCommand.class})
public final class MtaSts implements OutboundTlsPolicy, DescribeDomain, ConsoleCommand {
  private static final Duration LOOK_AFTER = Duration.ofHours(1);
  private static final int CONSOLE_SECONDS = 90;
  private static final CompletionStage<Optional<TlsPolicy>> NOTHING =
      CompletableFuture.completedStage(Optional.empty());
  private static final Reply NOT_NAMED =
      new Reply(451, "4.7.5", "[internal] MTA-STS policy does not name this MX host");

  private final Policies policies;
  private final PolicyFetcher fetcher;
  private final Configuration configuration;
  private final Scheduler scheduler;
  private final EventLoop home;
  private final HookPoint<OutboundTlsResult> results;
  private EventLoop.@Nullable Timer timer;
  private boolean ended;

  /** Options of sending. */
  @OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
  public record Options(
      @Option(
              value = "false",
              scopes = {Scopes.GLOBAL, Scopes.DOMAIN},
              doc = "Whether the MTA-STS policy of a domain is looked for")
          boolean useMtaSts,
      @Option(
              value = "true",
              doc = "Whether an MTA-STS policy that was found is obeyed where use_mta_sts is on")
          boolean enableMtaSts,
      @Option(
              value = "5",
              min = 0,
              max = 16,
              scopes = {Scopes.GLOBAL, Scopes.DOMAIN},
              doc = "CNAME records that are followed from one _mta-sts name to the next")
          int mtaStsDnsCnameMaxDepth) {}

  /** Where policies are kept. */
  @OptionSet(Scopes.GLOBAL)
  public record StoreOptions(
      @Option(
              value = "/var/spool/ecelerity/mtasts",
              dynamic = false,
              doc = "Folder that keeps the MTA-STS policies")
          String mtaStsPolicyStore) {}

  /** Options of the stanza. */
  @OptionSet("mta_sts")
  public record StanzaOptions(
      @Option(doc = "PEM file of the authorities that are trusted instead of those of the JDK")
          Optional<String> caFile,
      @Option(value = "443", min = 1, max = 65_535, doc = "TCP port of the hosts of policies")
          int port,
      @Option(value = "60", min = 1, max = 600, doc = "Longest time that fetching a policy takes")
          Duration fetchTimeout,
      @Option(value = "100000", min = 1, doc = "Most policies that are kept on disk")
          int maxPolicies) {}

  @Activate
  public MtaSts(
      Map<String, Object> properties,
      @Reference Dns dns,
      @Reference Scheduler scheduler,
      @Reference Configuration configuration,
      @Reference HookPoints hooks)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(StanzaOptions.class),
        ModuleStanza.of(properties).generation().options(StoreOptions.class, ScopePath.GLOBAL),
        dns,
        scheduler,
        configuration,
        hooks);
  }

  MtaSts(
      StanzaOptions options,
      StoreOptions store,
      Dns dns,
      Scheduler scheduler,
      Configuration configuration,
      HookPoints hooks)
      throws ConfigException {
    this.scheduler = scheduler;
    this.configuration = configuration;
    this.home = scheduler.loops().getFirst();
    this.results = hooks.of(OutboundTlsResult.class);
    this.fetcher =
        new PolicyFetcher(
            options.port(),
            options.fetchTimeout(),
            trust(options),
            dns,
            scheduler.pool("IO"),
            home);
    this.policies =
        new Policies(
            dns,
            fetcher,
            new PolicyStore(Path.of(store.mtaStsPolicyStore()), options.maxPolicies()),
            scheduler.pool("IO"),
            scheduler.clock());
    home.execute(() -> lookAfterIn(LOOK_AFTER));
  }

  private static Optional<SSLContext> trust(StanzaOptions options) throws ConfigException {
    if (options.caFile().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(PolicyFetcher.trust(Path.of(options.caFile().get())));
    } catch (IOException | GeneralSecurityException | java.nio.file.InvalidPathException e) {
      throw new ConfigException(
          "ca_file: expected a PEM file of certificates, found " + e.getMessage(), e);
    }
  }

  @Deactivate
  void end() {
    fetcher.end();
    home.execute(
        () -> {
          ended = true;
          EventLoop.Timer waiting = timer;
          if (waiting != null) {
            waiting.cancel();
          }
        });
  }

  private void lookAfterIn(Duration time) {
    if (!ended) {
      timer =
          home.schedule(
              () -> {
                scheduler.pool("IO").execute(policies::lookAfter);
                lookAfterIn(LOOK_AFTER);
              },
              time);
    }
  }

  // ---- the hook ----

  @Override
  public CompletionStage<Optional<TlsPolicy>> outboundTlsPolicy(Delivery delivery) {
    Options options = delivery.options(Options.class);
    if (!options.useMtaSts() || !options.enableMtaSts()) {
      return NOTHING;
    }
    Optional<String> domain = delivery.policyDomain().flatMap(MtaSts::asciiName);
    if (domain.isEmpty()) {
      return NOTHING;
    }
    CompletableFuture<Decision> decision =
        policies.find(domain.get(), options.mtaStsDnsCnameMaxDepth());
    return decision.thenApply(found -> demand(delivery, domain.get(), found));
  }

  /** A domain in the form that the DNS has (RFC 8461 section 3.1); empty for an address. */
  static Optional<String> asciiName(String domain) {
    if (domain.isEmpty() || domain.startsWith("[")) {
      return Optional.empty();
    }
    try {
      String name = java.net.IDN.toASCII(domain).toLowerCase(Locale.ROOT);
      return Optional.of(name.endsWith(".") ? name.substring(0, name.length() - 1) : name);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Optional<TlsPolicy> demand(Delivery delivery, String domain, Decision decision) {
    decision
        .failure()
        .ifPresent(
            failure ->
                report(
                    delivery,
                    policy(domain, List.of(), false, Optional.empty()),
                    failure.result(),
                    failure.detail()));
    if (decision.kept().isEmpty()) {
      return Optional.empty();
    }
    StsPolicy policy = decision.kept().get().policy();
    boolean named = policy.names(delivery.host());
    return switch (policy.mode()) {
      case NONE -> Optional.empty();
      case ENFORCE ->
          Optional.of(
              policy(
                  domain, policy.lines(), true, named ? Optional.empty() : Optional.of(NOT_NAMED)));
      case TESTING -> {
        TlsPolicy tested = policy(domain, policy.lines(), false, Optional.empty());
        if (!named) {
          report(delivery, tested, TlsResult.VALIDATION_FAILURE, NOT_NAMED.text());
          yield Optional.empty();
        }
        yield Optional.of(tested);
      }
    };
  }

  private static TlsPolicy policy(
      String domain, List<String> lines, boolean enforced, Optional<Reply> refusal) {
    return new TlsPolicy(
        TlsPolicy.Source.STS,
        enforced,
        TlsPolicy.Verification.PKIX,
        List.of(),
        List.of(),
        refusal,
        domain,
        lines);
  }

  /** Tells those who make reports what the connection itself will not show. */
  private void report(Delivery delivery, TlsPolicy policy, TlsResult result, String detail) {
    if (results.isEmpty()) {
      return;
    }
    delivery
        .loop()
        .execute(
            () ->
                results.first(
                    hook -> {
                      hook.outboundTlsResult(delivery, Optional.of(policy), result, detail);
                      return Optional.<Boolean>empty();
                    }));
  }

  // ---- mta_sts list all | show domain D | refresh policy D

  @Override
  public String name() {
    return "mta_sts";
  }

  @Override
  public String synopsis() {
    return "list all | show domain DOMAIN | refresh policy DOMAIN";
  }

  @Override
  public String summary() {
    return "MTA-STS policies of domains";
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return switch (arguments.size()) {
      case 0, 1 -> List.of("list", "show", "refresh");
      case 2 ->
          switch (arguments.getFirst()) {
            case "list" -> List.of("all");
            case "show" -> List.of("domain");
            case "refresh" -> List.of("policy");
            default -> List.of();
          };
      default -> List.of();
    };
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.equals(List.of("list", "all"))) {
      List<String> domains = policies.domains();
      domains.forEach(invocation::println);
      invocation.println("Total domains: " + domains.size());
    } else if (words.size() == 3 && words.subList(0, 2).equals(List.of("show", "domain"))) {
      show(invocation, domain(words.get(2)));
    } else if (words.size() == 3 && words.subList(0, 2).equals(List.of("refresh", "policy"))) {
      String domain = domain(words.get(2));
      Fetched fetched = await(policies.refetch(domain, aliases(domain)));
      if (fetched.policy().isEmpty()) {
        throw new ConsoleException(
            "MTA-STS policy for %s not refreshed: %s %s"
                .formatted(domain, fetched.result().code(), fetched.detail()));
      }
      invocation.println("MTA-STS policy for " + domain + " refreshed.");
    } else {
      throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
  }

  private static String domain(String typed) throws ConsoleException {
    return asciiName(typed)
        .orElseThrow(() -> new ConsoleException("expected a domain, found " + typed));
  }

  private int aliases(String domain) {
    return configuration
        .current()
        .options(Options.class, new ScopePath.Sending("", "", domain))
        .mtaStsDnsCnameMaxDepth();
  }

  private void show(ConsoleInvocation invocation, String domain) throws ConsoleException {
    List<String> lines = lines(domain, await(policies.find(domain, aliases(domain))));
    if (lines.isEmpty()) {
      throw new ConsoleException("Domain '" + domain + "' has no MTA-STS policy");
    }
    lines.forEach(invocation::println);
  }

  @Override
  public List<String> describeDomain(String domain) {
    return asciiName(domain)
        .flatMap(policies::known)
        .map(decision -> lines(domain, decision))
        .orElse(List.of());
  }

  private List<String> lines(String domain, Decision decision) {
    if (decision.kept().isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    Kept kept = decision.kept().get();
    long now = scheduler.clock().millis();
    lines.add(
        decision.recordUntil() > 0
            ? "Domain '%s' has MTA-STS TXT and a TTL of %d seconds"
                .formatted(domain, Math.max(0, decision.recordUntil() - now) / 1000)
            : "Domain '" + domain + "' has no MTA-STS TXT; its policy is kept");
    long refresh = kept.fetchedMillis() + Policies.REFRESH.toMillis() - now;
    lines.add("\tid: " + kept.id());
    lines.add(
        "\tmax_age: %d seconds; refresh in %d seconds"
            .formatted(kept.policy().maxAgeSeconds(), Math.max(0, refresh) / 1000));
    lines.add("\tmode: " + kept.policy().mode().word());
    if (kept.policy().mode() != Mode.NONE || !kept.policy().mx().isEmpty()) {
      lines.add("\tmxlist:");
      kept.policy().mx().forEach(mx -> lines.add("\t       " + mx));
    }
    return lines;
  }

  private static <T> T await(CompletableFuture<T> answer) throws ConsoleException {
    try {
      return answer.get(CONSOLE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted");
    } catch (ExecutionException | TimeoutException e) {
      throw new ConsoleException("no answer: " + e);
    }
  }
}
