package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.jspecify.annotations.Nullable;

/**
 * What is configured for a session where it stands: for its listener and its peer, and for the
 * pathway that policy chose. Who goes to another pathway gets another instance. Immutable.
 */
final class InboundPathway {
  private static final String KEY = "pathway";

  private final CoreReception reception;
  private final Generation generation;
  private final ScopePath.Receiving scope;
  private final String name;
  private final ReceptionOptions options;
  private final RelayRules relay;
  private final EnvelopeRules rules;
  private final MessageRepair repair;

  /** That of sessions in {@code scope} where policy has not chosen. */
  InboundPathway(CoreReception reception, Generation generation, ScopePath.Receiving scope) {
    this(reception, generation, scope, scope, Optional.empty());
  }

  private InboundPathway(
      CoreReception reception,
      Generation generation,
      ScopePath.Receiving scope,
      ScopePath path,
      Optional<String> chosen) {
    this.reception = reception;
    this.generation = generation;
    this.scope = scope;
    this.options = generation.options(ReceptionOptions.class, path);
    this.name = chosen.or(options::pathway).orElse("default");
    this.relay = reception.rules(generation, options);
    this.rules = new EnvelopeRules(options, relay, generation, reception.hooks, reception.queues);
    this.repair = new MessageRepair(generation.options(RepairOptions.class, path));
  }

  /** What the dictionary of a connection begins with. */
  void describe(Context connection) {
    connection.set(KEY, name);
    options.context().ifPresent(pairs -> pairs.forEach(connection::set));
  }

  /** The one that policy has chosen in either dictionary; this where it has not. */
  InboundPathway chosen(@Nullable Context message, Context connection) {
    Optional<String> ofMessage = message == null ? Optional.empty() : message.get(KEY);
    String other = ofMessage.or(() -> connection.get(KEY)).orElse(name);
    return other.equals(name)
        ? this
        : new InboundPathway(
            reception,
            generation,
            scope,
            new ScopePath.OnPathway(scope, other),
            Optional.of(other));
  }

  String name() {
    return name;
  }

  /** The group of pathways that it is in. */
  String group() {
    return CoreReception.pathwayGroup(generation, name);
  }

  ReceptionOptions options() {
    return options;
  }

  /** What is decided on senders and recipients. */
  EnvelopeRules rules() {
    return rules;
  }

  /** What is done about content that is malformed. */
  MessageRepair repair() {
    return repair;
  }

  /** Whether this client may relay wherever it likes. */
  boolean trusts(Optional<InetAddress> client) {
    return relay.trusts(client);
  }

  /** Whether mail to {@code recipient} is a report of failed delivery. */
  boolean isBounce(Address recipient) {
    return relay.isBounce(recipient, generation);
  }

  /** Whether mail to {@code recipient} is a report of failed delivery that is dropped. */
  boolean dropsBounce(Address recipient) {
    return relay.dropsBounce(recipient, generation);
  }

  /** What Received header fields call this host. */
  String receivedHostname() {
    return CoreReception.receivedHostname(generation, options);
  }

  /** What Authentication-Results calls this host. */
  String authservId() {
    return options.authservId().map(AuthservId::text).orElseGet(this::receivedHostname);
  }
}
