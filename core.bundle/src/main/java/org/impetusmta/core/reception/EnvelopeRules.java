package org.impetusmta.core.reception;

import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.queue.MailQueues;
import org.jspecify.annotations.Nullable;

/**
 * The core's own decision on sender and recipients, after the modules': forms of addresses, and
 * whether the mail is relayed. Single: a session's.
 */
final class EnvelopeRules {
  static final Reply RELAYING_DENIED = new Reply(550, "5.7.1", "relaying denied");

  private static final String CORE = "core";
  private static final Refusal NULL_SENDER =
      refusal(new Reply(550, "5.7.1", "null envelope sender not allowed"));
  private static final Refusal IP_LITERAL =
      refusal(new Reply(550, "5.1.2", "IP address literal not allowed"));
  private static final Refusal NO_DOMAIN =
      new Refusal(CORE, new Reply(554, "5.1.2", "No Valid Domain"), "recipient without a domain");
  private static final Refusal SENDER_SYNTAX =
      new Refusal(
          CORE, new Reply(501, "5.5.2", "MAIL FROM syntax error"), "sender without a domain");
  private static final Refusal BLACKHOLED =
      refusal(new Reply(551, "5.7.1", "recipient blackholed"));
  private static final Refusal DENIED = refusal(RELAYING_DENIED);

  /**
   * Why an address is not taken.
   *
   * @param module the module that failed, or {@code core}
   * @param reason for the log
   */
  record Refusal(String module, Reply reply, String reason) {}

  private final ReceptionOptions options;
  private final RelayRules relay;
  private final Generation generation;
  private final ReceptionHooks hooks;
  private final MailQueues queues;

  EnvelopeRules(
      ReceptionOptions options,
      RelayRules relay,
      Generation generation,
      ReceptionHooks hooks,
      MailQueues queues) {
    this.options = options;
    this.relay = relay;
    this.generation = generation;
    this.hooks = hooks;
    this.queues = queues;
  }

  private static Refusal refusal(Reply reply) {
    return new Refusal(CORE, reply, reply.text());
  }

  /** The sender with the domain that it lacks, where one is configured. */
  Address qualifiedSender(Address sender) {
    return !sender.isNull()
            && sender.domain().isEmpty()
            && options.domainForUnqualifiedSenderAddress().isPresent()
        ? new Address(sender.localpart(), options.domainForUnqualifiedSenderAddress().get())
        : sender;
  }

  /** The recipient with the domain that it lacks, where one is configured. */
  Address qualifiedRecipient(Address recipient) {
    return recipient.domain().isEmpty()
            && options.domainForUnqualifiedRecipientAddresses().isPresent()
        ? new Address(recipient.localpart(), options.domainForUnqualifiedRecipientAddresses().get())
        : recipient;
  }

  /** Why mail of {@code sender} is not taken; null: it is. */
  @Nullable Refusal sender(Address sender) {
    if (sender.isNull()) {
      return options.allowNullEnvelopeSender() ? null : NULL_SENDER;
    }
    if (sender.domain().isEmpty()) {
      return SENDER_SYNTAX;
    }
    return isLiteral(sender) && !options.allowIpLiteral() ? IP_LITERAL : null;
  }

  /**
   * Why mail to {@code recipient} is not taken; null: it is.
   *
   * @param mayRelay whether the client may send wherever it likes
   */
  @Nullable Refusal recipient(InboundTransaction transaction, Address recipient, boolean mayRelay) {
    if (recipient.domain().isEmpty()) {
      return NO_DOMAIN;
    }
    if (isLiteral(recipient) && !options.allowIpLiteral()) {
      return IP_LITERAL;
    }
    try {
      if (!mayRelay && !relays(transaction, recipient)) {
        return DENIED;
      }
    } catch (ModuleFailure failure) {
      Decision.Refused decision = failure.decision();
      return new Refusal(decision.module(), decision.reply(), decision.reason());
    }
    return queues.refuses(recipient.routingDomain()) ? BLACKHOLED : null;
  }

  private boolean relays(InboundTransaction transaction, Address recipient) throws ModuleFailure {
    String domain = recipient.routingDomain();
    Optional<Boolean> said =
        ModuleFailure.firstAnswer(
            "pre_ec_can_relay_to",
            hooks.preRelay(),
            hook -> hook.preEcCanRelayTo(domain, transaction));
    if (said.isEmpty()) {
      said =
          ModuleFailure.firstAnswer(
              "config_get_domain_relay",
              hooks.domainRelay(),
              hook -> hook.configGetDomainRelay(domain, transaction));
    }
    return said.isPresent()
        ? said.get()
        : relay.permits(transaction.sender(), recipient) || relay.isBounce(recipient, generation);
  }

  private static boolean isLiteral(Address address) {
    return address.domain().startsWith("[");
  }
}
