package org.impetusmta.core.queue;

import java.util.Locale;
import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.DeliveryResponse;
import org.impetusmta.api.hook.GetMessageRoutingDomain;
import org.impetusmta.api.hook.VetoHostConnection;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.route.Route;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modules that have a word in where a message goes and what became of an attempt. Read-only;
 * called on the loops of the queues and of sessions.
 */
final class DeliveryHooks {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryHooks.class);

  private final HookList<GetMessageRoutingDomain> routingDomain;
  private final HookList<VetoHostConnection> vetoes;
  private final HookList<DeliveryResponse> responses;

  DeliveryHooks(Hooks hooks) {
    this.routingDomain = hooks.list(GetMessageRoutingDomain.class);
    this.vetoes = hooks.list(VetoHostConnection.class);
    this.responses = hooks.list(DeliveryResponse.class);
  }

  /** The domain whose queue a message belongs to: a module's choice, or its recipient's. */
  String routingDomain(MailMessage message) {
    for (HookEntry<GetMessageRoutingDomain> entry : routingDomain.entries()) {
      try {
        Optional<String> domain = entry.hook().getMessageRoutingDomain(message);
        if (domain.isPresent()) {
          return domain.get().toLowerCase(Locale.ROOT);
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed to route message {}", entry.module(), message.id(), e);
      }
    }
    return message.recipient().routingDomain();
  }

  /** What modules make of the reply of a failed attempt. */
  Reply response(Delivery delivery, MailMessage message, Stage stage, Reply said) {
    Reply reply = said;
    for (HookEntry<DeliveryResponse> entry : responses.entries()) {
      try {
        Reply other = entry.hook().deliveryResponse(delivery, message, stage, reply);
        if (other.isPermanent() || other.isTransient()) {
          reply = other;
        } else {
          LOG.warn("{} made {} of {}: left as it was", entry.module(), other, reply);
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed in delivery_response of {}", entry.module(), message.id(), e);
      }
    }
    return reply;
  }

  /** Why no connection may be made to {@code choice}; empty where nobody objects. */
  Optional<Reply> veto(String domain, Route.Choice choice) {
    for (HookEntry<VetoHostConnection> entry : vetoes.entries()) {
      try {
        Optional<Reply> reply =
            entry.hook().vetoHostConnection(domain, choice.name(), choice.host().address());
        if (reply.isPresent()) {
          return reply.get().isPermanent() || reply.get().isTransient()
              ? reply
              : Optional.of(Maintainer.NO_VALID_HOSTS);
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed in veto_host_connection of {}", entry.module(), domain, e);
        return Optional.of(Maintainer.NO_VALID_HOSTS);
      }
    }
    return Optional.empty();
  }
}
