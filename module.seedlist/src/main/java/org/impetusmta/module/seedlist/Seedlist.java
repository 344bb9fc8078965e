package org.impetusmta.module.seedlist;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.hook.HookPoints;
import org.impetusmta.api.hook.MsgGenDataSpool;
import org.impetusmta.api.hook.PostValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.SeedlistGenerateSeed;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a copy of the first mail of each campaign to a list of seeds. The mail itself never waits
 * for that, nor does it suffer from it: its copies are made in the pool IO once policy has passed
 * it, and submitted as mail of its own. Concurrent. Source: modules.seedlist.
 */
@Module(
    name = "seedlist",
    kind = Module.Kind.VALIDATE,
    description = "Copies of each campaign for a list of seeds")
@Component(
    factory = Module.FACTORY + "seedlist",
    service = {PostValidateDataSpoolEachRcpt.class, MsgGenDataSpool.class})
public final class Seedlist implements PostValidateDataSpoolEachRcpt, MsgGenDataSpool {
  static final String ORIGINAL_SENDER = "#seedlist-orig-from";
  private static final Logger LOG = LoggerFactory.getLogger(Seedlist.class);

  private final String instance;
  private final SeedOptions options;
  private final List<CampaignPattern> verp;
  private final Map<String, List<CampaignPattern>> headers;
  private final Optional<Address> mailFrom;
  private final Campaigns campaigns;
  private final Seeds seeds;
  private final MessageOperations operations;
  private final Submission submission;
  private final Scheduler scheduler;
  private final HookPoints.HookPoint<SeedlistGenerateSeed> hook;
  private volatile @Nullable Datasources datasources;

  /** Comes and goes; without, campaigns are remembered by this server alone. */
  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void setDatasources(Datasources service) {
    datasources = service;
  }

  void unsetDatasources(Datasources service) {
    if (datasources == service) {
      datasources = null;
    }
  }

  @Activate
  public Seedlist(
      Map<String, Object> properties,
      @Reference MessageOperations operations,
      @Reference Submission submission,
      @Reference Scheduler scheduler,
      @Reference HookPoints hooks)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(SeedOptions.class),
        headers(ModuleStanza.of(properties)),
        ModuleStanza.of(properties).instance(),
        operations,
        submission,
        scheduler,
        hooks);
  }

  /**
   * @param headers names of header fields to patterns, in order
   */
  Seedlist(
      SeedOptions options,
      Map<String, List<String>> headers,
      String instance,
      MessageOperations operations,
      Submission submission,
      Scheduler scheduler,
      HookPoints hooks)
      throws ConfigException {
    this.instance = instance;
    this.options = options;
    String where = "seedlist \"" + instance + "\": ";
    this.verp = CampaignPattern.of(options.matchVerp(), where + "match_verp");
    this.headers = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      this.headers.put(
          name(header.getKey(), where + "match_header"),
          CampaignPattern.of(header.getValue(), where + "match_header " + header.getKey()));
    }
    if (verp.isEmpty() && headers.isEmpty()) {
      throw new ConfigException(where + "expected match_verp or match_header");
    }
    if (options.insertCampaignHeader().isPresent()) {
      name(options.insertCampaignHeader().get(), where + "insert_campaign_header");
    }
    this.mailFrom =
        options.mailFrom().isPresent()
            ? Optional.of(sender(options.mailFrom().get(), where))
            : Optional.empty();
    if (!options.schemaName().matches("[A-Za-z_][A-Za-z0-9_]{0,62}")) {
      throw new ConfigException(
          where + "schema_name = \"" + options.schemaName() + "\", expected the name of a schema");
    }
    this.campaigns =
        new Campaigns(
            () -> Optional.ofNullable(datasources), options.cacheName(), options.schemaName());
    this.seeds =
        new Seeds(
            file(options.seedlistFile(), where),
            () -> Optional.ofNullable(datasources),
            options.cacheName(),
            options.schemaName());
    this.operations = operations;
    this.submission = submission;
    this.scheduler = scheduler;
    this.hook = hooks.of(SeedlistGenerateSeed.class);
  }

  private static Map<String, List<String>> headers(ModuleStanza stanza) throws ConfigException {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (Stanza header : stanza.stanza().children("match_header")) {
      String name =
          header
              .instance()
              .orElseThrow(
                  () ->
                      new ConfigException(
                          header.position() + ": match_header: expected a header field's name"));
      HeaderOptions options =
          stanza.generation().options(HeaderOptions.class, new ScopePath.Within(header));
      if (options.pattern().isEmpty()) {
        throw new ConfigException(
            header.position() + ": match_header " + name + ": expected pattern");
      }
      headers.put(name, options.pattern());
    }
    return headers;
  }

  private static String name(String text, String where) throws ConfigException {
    if (!text.matches("[\\x21-\\x39\\x3b-\\x7e]{1,76}")) {
      throw new ConfigException(where + " = \"" + text + "\", expected the name of a header field");
    }
    return text;
  }

  private static Address sender(String text, String where) throws ConfigException {
    String bare = text.strip().replaceAll("^<|>$", "");
    Address address = Address.of(bare);
    if (!bare.isEmpty() && (address.localpart().isEmpty() || address.domain().isEmpty())) {
      throw new ConfigException(where + "mail_from = \"" + text + "\", expected an address");
    }
    return address;
  }

  private static Optional<Path> file(Optional<String> said, String where) throws ConfigException {
    if (said.isEmpty()) {
      return Optional.empty();
    }
    try {
      Path file = Path.of(said.get());
      if (Files.isReadable(file)) {
        return Optional.of(file);
      }
    } catch (InvalidPathException bad) {
      LOG.debug("no path", bad);
    }
    throw new ConfigException(
        where + "seedlist_file = \"" + said.get() + "\", expected a file that can be read");
  }

  @Override
  public void postValidateDataSpoolEachRcpt(Message message, AcceptConstruct connection) {
    look(message, connection.loop());
  }

  @Override
  public Verdict msgGenDataSpool(Message message) {
    look(message, scheduler.loops().getFirst());
    return Verdict.CONTINUE;
  }

  private void look(Message message, EventLoop loop) {
    if (message.context().get(ORIGINAL_SENDER).isPresent() || isExempt(message)) {
      return;
    }
    Optional<String> campaign = campaign(message);
    if (campaign.isEmpty() || !campaigns.begins(campaign.get())) {
      return;
    }
    String id = campaign.get();
    Body body = message.body();
    try {
      scheduler.pool("IO").execute(() -> begin(id, message, body, loop));
    } catch (RejectedExecutionException full) {
      campaigns.forget(id);
      LOG.warn("seedlist {}: no thread, the next mail of the campaign is tried", instance);
    }
  }

  private boolean isExempt(Message message) {
    return options
        .noSeedCondition()
        .filter(
            key ->
                message.context().get(key).isPresent()
                    || message.connectionContext().get(key).isPresent())
        .isPresent();
  }

  private Optional<String> campaign(Message message) {
    Optional<String> found = first(verp, message.sender().toString());
    if (found.isPresent()) {
      return found;
    }
    for (Map.Entry<String, List<CampaignPattern>> header : headers.entrySet()) {
      for (String value : operations.header(message, header.getKey())) {
        found = first(header.getValue(), value);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> first(List<CampaignPattern> patterns, String text) {
    for (CampaignPattern pattern : patterns) {
      Optional<String> found = pattern.find(text);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** Reads the seeds, where nobody else has done the campaign. Blocks. */
  private void begin(String id, Message original, Body body, EventLoop loop) {
    Set<Address> addresses;
    try {
      addresses = seeds.read();
    } catch (IOException failure) {
      campaigns.forget(id);
      LOG.error("seedlist {}: the seeds cannot be read: {}", instance, failure.getMessage());
      return;
    }
    if (addresses.isEmpty()) {
      campaigns.forget(id);
      LOG.warn("seedlist {}: there are no seeds", instance);
      return;
    }
    if (campaigns.isNewEverywhere(id)) {
      LOG.info("seedlist {}: a new campaign goes to {} seeds", instance, addresses.size());
      loop.execute(() -> copy(id, original, body, addresses));
    }
  }

  private void copy(String id, Message original, Body body, Set<Address> addresses) {
    Body marked =
        options.insertCampaignHeader().map(name -> body.prepend(field(name, id))).orElse(body);
    for (Address address : addresses) {
      SeedCopy seed = new SeedCopy(address, mailFrom.orElse(original.sender()), marked);
      seed.context().set(ORIGINAL_SENDER, original.sender().toString());
      if (!hook.isEmpty()) {
        // Optional.empty: every module is asked
        Optional<Boolean> nobody =
            hook.first(
                module -> {
                  module.seedlistGenerateSeed(original, seed);
                  return Optional.<Boolean>empty();
                });
        LOG.trace("seed hook: {}", nobody);
      }
      submission
          .submit(seed.sender(), seed.recipient(), seed.body(), seed.context().asMap())
          .whenComplete(
              (message, failure) -> {
                if (failure != null) {
                  LOG.error("seedlist {}: a seed gets no copy: {}", instance, failure.toString());
                }
              });
    }
  }

  private byte[] field(String name, String id) {
    return (name + ": " + operations.encodeWords(id) + "\r\n").getBytes(StandardCharsets.UTF_8);
  }
}
