package org.impetusmta.module.url_ripper;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.hook.ValidateConnect;
import org.impetusmta.api.hook.ValidateData;
import org.impetusmta.api.hook.ValidateEhlo;
import org.impetusmta.api.hook.ValidateMailfrom;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.AsciiDomain;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.HeaderAddress;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.MimePart;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.policy.UrlRipper;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up in a DNS list: the client's address; the host that it says to be; the domains of sender,
 * recipients, addresses in header fields and URLs in the text; and the addresses of all those
 * hosts. Hits are counted in the dictionary of the message, or of the connection before MAIL FROM;
 * policy judges them. Lookups that nobody answered are counted in {@code url_ripper_failures}. No
 * thread waits; text is looked through in the pool CPU. Concurrent. Source: modules.url_ripper.
 */
@Module(
    name = "url_ripper",
    kind = Module.Kind.VALIDATE,
    description = "Domains, URLs and addresses of mail, looked up in DNS lists")
@Component(
    factory = Module.FACTORY + "url_ripper",
    service = {
      ValidateConnect.class,
      ValidateEhlo.class,
      ValidateMailfrom.class,
      ValidateRcptto.class,
      ValidateData.class,
      UrlRipper.class
    })
public final class UrlExtraction
    implements ValidateConnect,
        ValidateEhlo,
        ValidateMailfrom,
        ValidateRcptto,
        ValidateData,
        UrlRipper {
  private static final Logger LOG = LoggerFactory.getLogger(UrlExtraction.class);
  static final String FAILURES = "url_ripper_failures";

  /** A phase does not wait longer for the DNS; what is not answered by then has failed. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String instance;
  private final List<String> addressHeaders;
  private final String base;
  private final Marks marks;
  private final boolean forward;
  private final int maxLookups;
  private final Dns dns;
  private final MessageOperations operations;
  private final Scheduler scheduler;

  /** The options of a url_ripper stanza. */
  @OptionSet("url_ripper")
  public record Options(
      @Option(doc = "Header fields whose addresses' domains are looked up")
          List<String> addressHeaders,
      @Option(doc = "The DNS list that everything is looked up in") Optional<String> base,
      @Option(doc = "Masks: an answer that has a bit in common with one adds to its variable")
          Map<String, String> bits,
      @Option(doc = "Addresses: an answer that is one adds to its variable")
          Map<String, String> values,
      @Option(value = "true", doc = "whether addresses of hosts are looked up too") boolean forward,
      @Option(
              value = "100",
              min = 1,
              max = 10_000,
              doc = "Most lookups in the list for a message, or for a phase before it")
          int maxLookups) {}

  @Activate
  public UrlExtraction(
      Map<String, Object> properties,
      @Reference Dns dns,
      @Reference MessageOperations operations,
      @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties).instance(),
        ModuleStanza.of(properties).stanza().position() + ": in url_ripper: ",
        dns,
        operations,
        scheduler);
  }

  /**
   * @param where what messages begin with
   */
  UrlExtraction(
      Options options,
      String instance,
      String where,
      Dns dns,
      MessageOperations operations,
      Scheduler scheduler)
      throws ConfigException {
    this.instance = instance;
    this.addressHeaders = headers(options.addressHeaders(), where);
    this.base =
        options
            .base()
            .flatMap(Hosts::name)
            .orElseThrow(
                () -> new ConfigException(where + "expected base = the domain of a DNS list"));
    this.marks = new Marks(options.bits(), options.values(), where);
    this.forward = options.forward();
    this.maxLookups = options.maxLookups();
    this.dns = dns;
    this.operations = operations;
    this.scheduler = scheduler;
  }

  /** Names may stand together, {@code "From:Reply-To"}. */
  private static List<String> headers(List<String> said, String where) throws ConfigException {
    List<String> names = new ArrayList<>();
    for (String word : said) {
      for (String name : word.split(":", -1)) {
        if (!name.strip().matches("[\\x21-\\x39\\x3b-\\x7e]{1,100}")) {
          throw new ConfigException(
              where + "address_headers: \"" + word + "\", expected names of header fields");
        }
        names.add(name.strip());
      }
    }
    return List.copyOf(names);
  }

  private Lookups lookups() {
    return new Lookups(dns, base, marks, forward, maxLookups);
  }

  @Override
  public Verdict validateConnect(AcceptConstruct connection) {
    Optional<InetAddress> client = connection.remoteAddress();
    return client.isEmpty()
        ? Verdict.CONTINUE
        : look(lookups -> lookups.address(client.get()), connection, connection.context());
  }

  @Override
  public Verdict validateEhlo(String line, AcceptConstruct connection) {
    Optional<String> host = Hosts.name(connection.ehloDomain());
    return !forward || host.isEmpty() || Hosts.address(host.get()).isPresent()
        ? Verdict.CONTINUE
        : look(lookups -> lookups.addresses(host.get()), connection, connection.context());
  }

  @Override
  public Verdict validateMailfrom(Transaction transaction) {
    return mailbox(transaction.sender(), transaction);
  }

  @Override
  public Verdict validateRcptto(Address recipient, Transaction transaction) {
    return mailbox(recipient, transaction);
  }

  private Verdict mailbox(Address address, Transaction transaction) {
    Optional<String> host = host(address.domain());
    return host.isEmpty()
        ? Verdict.CONTINUE
        : look(
            lookups -> lookups.host(host.get()), transaction.connection(), transaction.context());
  }

  /** The host of a mailbox, an address literal (RFC 5321 section 4.1.3) among them. */
  private static Optional<String> host(String domain) {
    if (domain.startsWith("[") && domain.endsWith("]")) {
      String literal = domain.substring(1, domain.length() - 1);
      return Optional.of(
          literal.regionMatches(true, 0, "IPv6:", 0, 5) ? literal.substring(5) : literal);
    }
    return Hosts.name(AsciiDomain.of(domain));
  }

  private Verdict look(Consumer<Lookups> what, AcceptConstruct connection, Context context) {
    Lookups lookups = lookups();
    what.accept(lookups);
    return Verdict.suspend(
        ended(lookups)
            .thenApplyAsync(
                hits -> {
                  count(hits, context);
                  return Verdict.CONTINUE;
                },
                connection.loop()));
  }

  private CompletableFuture<Lookups.Hits> ended(Lookups lookups) {
    return lookups
        .done()
        .toCompletableFuture()
        .thenApply(Optional::of)
        .completeOnTimeout(Optional.empty(), PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .thenApply(
            found ->
                found.orElseGet(
                    () -> {
                      Lookups.Hits some = lookups.found();
                      LOG.warn("url_ripper {}: the DNS takes too long", instance);
                      return new Lookups.Hits(some.hits(), some.failures() + 1);
                    }));
  }

  private static void count(Lookups.Hits hits, Context context) {
    hits.hits().forEach((key, what) -> add(context, key, what.size()));
    if (hits.failures() > 0) {
      add(context, FAILURES, hits.failures());
    }
  }

  private static void add(Context context, String key, int more) {
    long before =
        context.get(key).filter(text -> text.matches("\\d{1,9}")).map(Long::valueOf).orElse(0L);
    context.set(key, Long.toString(before + more));
  }

  @Override
  public Verdict validateData(Message message, AcceptConstruct connection) {
    return Verdict.suspend(
        search(message, connection)
            .thenApply(
                hits -> {
                  count(hits, message.context());
                  return Verdict.CONTINUE;
                }));
  }

  /** Completed on the loop of the connection. */
  private CompletableFuture<Lookups.Hits> search(Message message, AcceptConstruct connection) {
    return CompletableFuture.supplyAsync(() -> hosts(message), scheduler.pool("CPU"))
        .thenCompose(
            hosts -> {
              Lookups lookups = lookups();
              hosts.forEach(lookups::host);
              return ended(lookups);
            })
        .thenApplyAsync(hits -> hits, connection.loop());
  }

  private Set<String> hosts(Message message) {
    Set<String> hosts = new LinkedHashSet<>();
    for (String header : addressHeaders) {
      for (HeaderAddress address : operations.addressHeader(message, header)) {
        if (hosts.size() < maxLookups) {
          host(address.domain()).ifPresent(hosts::add);
        }
      }
    }
    UrlText text = new UrlText(maxLookups);
    for (MimePart part : operations.mime(message).walk()) {
      text.part(part);
    }
    hosts.addAll(text.hosts());
    return hosts;
  }

  // for scripts

  @Override
  public String instance() {
    return instance;
  }

  @Override
  public CompletionStage<Map<String, List<String>>> rip(
      Message message, AcceptConstruct connection) {
    return search(message, connection)
        .exceptionally(
            failure -> {
              LOG.error("url_ripper {}: a message was not looked through", instance, failure);
              return new Lookups.Hits(Map.of(), 1);
            })
        .thenApplyAsync(
            hits -> {
              count(hits, message.context());
              return hits.hits();
            },
            connection.loop());
  }
}
