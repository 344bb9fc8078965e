package org.impetusmta.core.queue;

import java.util.List;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.route.Route;

/**
 * Finds the next host for mail that was {@link PassedOn}, or fails what all hosts have refused.
 * Thread-safety: single, confined to the loop of its queue.
 */
final class PassingOn {
  /** Opens a connection that all limits allow. */
  interface Opener {
    void open(DeliveryMethod method, Route.Choice choice, long now);
  }

  private final MailQueue queue;
  private final QueueLoop home;
  private final QueueSettings settings;
  private final Shaping shaping;
  private final NextHop nextHop;
  private final QueueConnections connections;
  private final PassedOn mail;
  private final Opener opener;

  PassingOn(
      MailQueue queue,
      QueueLoop home,
      QueueSettings settings,
      Shaping shaping,
      NextHop nextHop,
      QueueConnections connections,
      PassedOn mail,
      Opener opener) {
    this.queue = queue;
    this.home = home;
    this.settings = settings;
    this.shaping = shaping;
    this.nextHop = nextHop;
    this.connections = connections;
    this.mail = mail;
    this.opener = opener;
  }

  /** Finds the next host for mail that was passed on, or fails what all hosts have refused. */
  void serve(long now) {
    Route known = nextHop.route(now);
    if (known == null) {
      return; // it is being looked up
    }
    if (known.outcome() != Route.Outcome.FOUND) {
      takeBack();
      return;
    }
    for (PassedOn.Entry entry : mail.all()) {
      if (nextHop.best(known, now, entry.refusedBy(), false).isEmpty()) {
        noneLeft(entry, known);
      }
    }
    PassedOn.Entry next = mail.first();
    if (next == null || isUnderWay(next, now)) {
      return;
    }
    DeliveryMethod method =
        home.server().methods().find(settings.options().deliveryMethod(), queue.domain());
    if (method == null || !shaping.mayConnect(now)) {
      return; // there is a turn when a connection may be opened
    }
    Route.Choice choice =
        nextHop
            .choose(known, now, next.refusedBy(), veto -> fail(next, Stage.NOT_CONNECTED, veto))
            .orElse(null);
    if (choice != null && home.acquire(queue, settings.options(), choice)) {
      if (shaping.takeConnection(choice, now)) {
        opener.open(method, choice, now);
      } else {
        home.release(queue, choice);
      }
    }
  }

  /** Whether a connection will ask for it; an idle one is told. */
  private boolean isUnderWay(PassedOn.Entry next, long now) {
    for (OutboundConnection connection : connections.all()) {
      if (!next.refusedBy().contains(connection.hostRecord())) {
        if (connections.isIdle(connection)
            && connections.woken() < shaping.messages(now, connections.woken() + 1)) {
          connections.notIdle(connection);
          connection.wake();
        }
        return true;
      }
    }
    return false;
  }

  /** It fails with the reply of those who refused it, or for now where one could not be asked. */
  private void noneLeft(PassedOn.Entry entry, Route known) {
    boolean all =
        known.exchangers().stream()
            .flatMap(exchanger -> exchanger.hosts().stream())
            .allMatch(entry.refusedBy()::contains);
    if (all) {
      fail(entry, entry.stage(), entry.reply());
    } else {
      fail(entry, Stage.NOT_CONNECTED, Maintainer.NO_VALID_HOSTS);
    }
  }

  private void fail(PassedOn.Entry entry, Stage stage, Reply reply) {
    mail.forget(entry.message());
    queue.answered();
    Disposition disposition = home.server().disposition();
    if (reply.isPermanent()) {
      disposition.permanentFailure(queue, entry.message(), stage, reply, 0, null, false);
    } else {
      disposition.transientFailure(queue, entry.message(), stage, reply, 0, null, false);
    }
  }

  /** Nobody is asked now: it waits in the queue again. */
  void takeBack() {
    List<PassedOn.Entry> all = mail.all();
    for (int i = all.size() - 1; i >= 0; i--) {
      mail.forget(all.get(i).message());
      queue.giveBack(all.get(i).message());
    }
  }
}
