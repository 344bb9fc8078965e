package org.impetusmta.core.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.route.Host;
import org.jspecify.annotations.Nullable;

/**
 * Mail that a host could not take as its sender demands (REQUIRETLS) and that another host of the
 * domain gets next. It is in flight all the while: one attempt tries one host after the other, each
 * once. Connections to hosts that have refused nothing of it take it before anything else. Single:
 * belongs to the loop of its queue.
 */
final class PassedOn {
  /** So many wait at most, but for one of each connection. */
  private static final int MOST = 100;

  private final ArrayDeque<Entry> waiting = new ArrayDeque<>(1);

  /** Those that wait and those that a connection has. */
  private final IdentityHashMap<MailMessage, Entry> entries = new IdentityHashMap<>(2);

  /** A message, who has refused it, and what it fails with when all have. */
  record Entry(MailMessage message, Set<Host> refusedBy, Stage stage, Reply reply) {}

  /** {@code host} has refused it. */
  void add(MailMessage message, Host host, Stage stage, Reply reply) {
    Entry known = entries.get(message);
    Set<Host> refusedBy = known == null ? new HashSet<>(2) : known.refusedBy();
    refusedBy.add(host);
    Entry entry = new Entry(message, refusedBy, stage, reply);
    entries.put(message, entry);
    waiting.add(entry);
  }

  /** A connection gives back what it took here: it is the next to go once more. */
  void putBack(MailMessage message) {
    Entry known = entries.get(message);
    if (known != null) {
      waiting.addFirst(known);
    }
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Whether nobody may be asked to pass more on. */
  boolean full() {
    return waiting.size() >= MOST;
  }

  /** The first that waits; null where none does. */
  @Nullable Entry first() {
    return waiting.peekFirst();
  }

  /** Those that wait, in order. */
  List<Entry> all() {
    return new ArrayList<>(waiting);
  }

  /** Whether {@code host} may be asked to take any of it. */
  boolean isFor(Host host) {
    for (Entry entry : waiting) {
      if (!entry.refusedBy().contains(host)) {
        return true;
      }
    }
    return false;
  }

  /** The first that {@code host} has not refused; null where there is none. */
  @Nullable MailMessage takeFor(Host host) {
    for (Entry entry : waiting) {
      if (!entry.refusedBy().contains(host)) {
        waiting.remove(entry);
        return entry.message();
      }
    }
    return null;
  }

  /** It waits no longer and nobody has it. */
  void forget(MailMessage message) {
    if (!entries.isEmpty()) {
      Entry known = entries.remove(message);
      if (known != null) {
        waiting.remove(known);
      }
    }
  }
}
