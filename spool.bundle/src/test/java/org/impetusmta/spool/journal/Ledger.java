package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.SpoolClient.Recovered;
import org.jspecify.annotations.Nullable;

/**
 * What a spool was asked and what it answered, and whether what it gives back agrees: everything
 * that was acknowledged and not removed is there, nothing whose removal was made durable, nothing
 * that was never stored; states and envelopes are among those that were asked for, and not older
 * than what was made durable. Thread-safety: all methods lock.
 */
final class Ledger {
  private final Map<String, Page> pages = new TreeMap<>();

  /** All about one message. */
  private static final class Page {
    private final long seed;
    private final int length;
    private final List<Wish> wishes = new ArrayList<>();
    private int durable;
    private @Nullable SpoolEntry entry;
    private boolean acknowledged;
    private boolean removed;
    private boolean gone;

    Page(int length, long seed) {
      this.length = length;
      this.seed = seed;
    }
  }

  /** What a message was asked to be. */
  private record Wish(AttemptState state, String binding) {}

  synchronized Body posted(Envelope envelope, int length, long seed) {
    Page page = new Page(length, seed);
    page.wishes.add(new Wish(AttemptState.NEW, envelope.binding()));
    pages.put(envelope.recipient().toString(), page);
    return SpoolClient.body(length, seed);
  }

  synchronized void acknowledged(String recipient, SpoolEntry entry) {
    Page page = page(recipient);
    page.acknowledged = true;
    page.entry = entry;
  }

  /** The entry to use now. */
  synchronized SpoolEntry entry(String recipient) {
    return Objects.requireNonNull(page(recipient).entry);
  }

  /** Whether it is acknowledged and nobody asked for its removal. */
  synchronized boolean isAlive(String recipient) {
    Page page = pages.get(recipient);
    return page != null && page.acknowledged && !page.removed;
  }

  synchronized void removed(String recipient) {
    page(recipient).removed = true;
  }

  synchronized void updated(String recipient, AttemptState state) {
    Page page = page(recipient);
    page.wishes.add(new Wish(state, page.wishes.getLast().binding()));
  }

  synchronized void rewritten(String recipient, String binding, AttemptState state) {
    page(recipient).wishes.add(new Wish(state, binding));
  }

  /** For each message its newest wish; -1: its removal. */
  synchronized Map<String, Integer> mark() {
    Map<String, Integer> marked = new HashMap<>();
    pages.forEach(
        (recipient, page) -> marked.put(recipient, page.removed ? -1 : page.wishes.size() - 1));
    return marked;
  }

  /** What was asked for before the mark was made is durable. */
  synchronized void synced(Map<String, Integer> marked) {
    marked.forEach(
        (recipient, wish) -> {
          Page page = page(recipient);
          page.gone |= wish < 0;
          page.durable = Math.max(page.durable, wish);
        });
  }

  private Page page(String recipient) {
    Page page = pages.get(recipient);
    if (page == null) {
      throw new AssertionError("never stored: " + recipient);
    }
    return page;
  }

  /** Those that must be there. */
  synchronized Set<String> owed() {
    Set<String> owed = new TreeSet<>();
    pages.forEach(
        (recipient, page) -> {
          if (page.acknowledged && !page.removed) {
            owed.add(recipient);
          }
        });
    return owed;
  }

  /** What was acknowledged besides these was not heard of. */
  synchronized void forgetSince(Set<String> heard) {
    pages.forEach(
        (recipient, page) -> page.acknowledged &= page.removed || heard.contains(recipient));
  }

  /** Compares with what a restart gave back; entries are those of the new spool from now on. */
  synchronized void check(
      String what, Set<String> owed, Harvest harvest, JournalSpool spool, boolean readsFail) {
    Set<String> found = new TreeSet<>();
    for (Recovered message : harvest.messages()) {
      String recipient = message.envelope().recipient().toString();
      assertThat(found.add(recipient)).as("%s: %s handed over twice", what, recipient).isTrue();
      assertThat(pages).as("%s: never stored", what).containsKey(recipient);
      Page page = page(recipient);
      assertThat(page.gone).as("%s: %s was removed for good", what, recipient).isFalse();
      assertThat(page.wishes.subList(page.durable, page.wishes.size()))
          .as("%s: %s", what, recipient)
          .contains(new Wish(message.state(), message.envelope().binding()));
      assertThat(message.bodyLength()).isEqualTo(page.length);
      Wish now = new Wish(message.state(), message.envelope().binding());
      page.wishes.clear(); // what was asked for later than this is lost, and will not come true
      page.wishes.add(now);
      page.durable = 0;
      page.entry = message.entry();
      page.acknowledged = true;
      page.removed = false; // it came back, as it may; who finds it must remove it again
      try {
        assertThat(spool.read(message.entry()).toByteArray())
            .as("%s: body of %s", what, recipient)
            .isEqualTo(SpoolClient.body(page.length, page.seed).toByteArray());
      } catch (IOException e) {
        if (!readsFail) {
          throw new AssertionError(what + ": cannot read " + recipient, e);
        }
      }
    }
    assertThat(found).as("%s: lost mail", what).containsAll(owed);
    pages.forEach(
        (recipient, page) -> {
          if (!found.contains(recipient)) {
            page.acknowledged = false;
            page.gone = true; // once gone it may not come back
          }
        });
  }

  /** Where a message lies. */
  static Segment segment(SpoolEntry entry) {
    return Objects.requireNonNull(((JournalEntry) entry).batch().segment());
  }

  /** The binding that a rewrite gives. */
  static Envelope bound(Envelope e, String binding) {
    return new Envelope(
        e.id(),
        e.batchId(),
        e.connectionId(),
        e.sender(),
        e.recipient(),
        e.receivedMillis(),
        e.sourceAddress(),
        e.protocol(),
        e.eightBitMime(),
        e.priority(),
        e.bindingGroup(),
        binding,
        e.messageContext(),
        e.connectionContext());
  }
}
