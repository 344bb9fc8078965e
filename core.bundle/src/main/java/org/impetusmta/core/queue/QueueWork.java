package org.impetusmta.core.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator does to much mail at once: fail, delay, reroute, rebind. The loops do it in
 * slices between their other work; what is only in the spool is read here, by the thread that asks.
 * What moves a message to another queue is in the spool before the message moves, so that it is
 * there after a restart too. Mail that is being delivered at the moment is not concerned.
 *
 * <p>Concurrent; blocks, so thread pools only. Source: console_commands.rebind, .reroute_queue, and
 * the newer manual's delay, fail all, fail domain quiet.
 */
@Component(service = QueueWork.class)
public final class QueueWork {
  private static final Logger LOG = LoggerFactory.getLogger(QueueWork.class);
  private static final long DEADLINE_SECONDS = 30;

  /** Messages in one turn of a loop. */
  private static final int SLICE = 1_000;

  /** Messages that are bounced in one turn, which the line of bounces has to hold. */
  private static final int BOUNCES = 250;

  /** Octets that are read from the spool for one turn. */
  private static final long OCTETS = 16L << 20;

  /** How often a queue is looked at again because mail was being read. */
  private static final int PASSES = 5;

  private static final int LISTED = 25;
  private static final long FULL_MILLIS = 20;

  private final LoopMailQueues server;

  @Activate
  public QueueWork(@Reference LoopMailQueues server) {
    this.server = server;
  }

  /**
   * Which queues.
   *
   * @param binding empty: of all bindings
   * @param domain empty: of all domains
   */
  public record Which(Optional<String> binding, Optional<String> domain) {
    /** Words of a command, where {@code all} is all. */
    public static Which of(String binding, String domain) {
      return new Which(
          binding.equals("all") ? Optional.empty() : Optional.of(binding),
          domain.equalsIgnoreCase("all")
              ? Optional.empty()
              : Optional.of(domain.toLowerCase(Locale.ROOT)));
    }

    boolean has(MailQueue queue) {
      return binding.map(queue.binding()::equals).orElse(true)
          && domain.map(queue.domain()::equals).orElse(true);
    }
  }

  /** What a command would do: how many messages, and the first of them. */
  public record Preview(int messages, List<String> lines) {
    /** What is said of those that are not listed. */
    public String more() {
      return messages > lines.size()
          ? " (Showing first "
              + lines.size()
              + "; "
              + (messages - lines.size())
              + " more not listed.)"
          : "";
    }
  }

  /** What is done with messages on the loop of their queue; says how many it was. */
  private interface Act {
    int on(MailQueue queue, Set<MailMessage> messages, Map<MailMessage, Read> read);
  }

  /** What the spool has of a message. */
  private record Read(Envelope envelope, @Nullable Body body) {}

  // ---- what it does ----

  /** Lists what a command would do. */
  public Preview preview(Which which, MailFilter filter) throws ConsoleException {
    int count = 0;
    List<String> lines = new ArrayList<>();
    for (MailQueue queue : queues(which)) {
      List<MailMessage> found = matching(queue, on(queue, () -> queue.snapshot(true)), filter);
      count += found.size();
      for (MailMessage message : found) {
        if (lines.size() == LISTED) {
          break;
        }
        lines.add(
            "  %s  domain=%s from=<%s> to=<%s>"
                .formatted(message.id(), queue.domain(), message.sender(), message.recipient()));
      }
    }
    return new Preview(count, lines);
  }

  /** Fails mail for good; says how much it was. */
  public int fail(Which which, MailFilter filter, Reply reply, boolean quiet)
      throws ConsoleException {
    return each(
        which,
        filter,
        true,
        BOUNCES,
        _ -> false,
        (queue, messages, _) -> {
          if (!quiet && queue.home().bounceLine().full()) {
            return -1;
          }
          List<MailMessage> removed = queue.removeAll(messages);
          for (MailMessage message : removed) {
            server
                .disposition()
                .permanentFailure(queue, message, Stage.NOT_CONNECTED, reply, 0, null, quiet);
          }
          return removed.size();
        });
  }

  /** Moves active mail to the delayed queue for {@code seconds}; says how much it was. */
  public int delay(Which which, MailFilter filter, long seconds) throws ConsoleException {
    return each(
        which,
        filter,
        false,
        SLICE,
        _ -> false,
        (queue, messages, _) -> {
          long at = server.now() + TimeUnit.SECONDS.toMillis(seconds);
          List<MailMessage> removed = queue.removeAll(messages);
          for (MailMessage message : removed) {
            AttemptState state = new AttemptState(message.retries(), at, message.lastReply());
            message.delayed(state);
            server.spool().update(message.spoolEntry(), state);
            queue.delay(message);
          }
          return removed.size();
        });
  }

  /** Moves mail to the queues of another domain; says how much it was. */
  public int reroute(Which which, MailFilter filter, String to) throws ConsoleException {
    String domain = to.toLowerCase(Locale.ROOT);
    return each(
        which,
        filter,
        true,
        SLICE,
        MailMessage::leftToSpool,
        (queue, messages, read) -> {
          messages.removeIf(m -> m.leftToSpool() && !read.containsKey(m));
          List<MailMessage> removed =
              queue.domain().equals(domain) ? List.of() : queue.removeAll(messages);
          for (MailMessage message : removed) {
            Read known = read.get(message);
            if (known != null) {
              message.takeBack(known.envelope());
            }
            message.reroute(domain);
            leave(queue, message);
            server.move(message, domain);
          }
          return removed.size();
        });
  }

  /** Has policy choose the binding of mail once more; says how much it was. */
  public int rebind(Which which) throws ConsoleException {
    boolean asks = server.bindingChoice().asks();
    return each(
        which,
        MailFilter.all(),
        true,
        SLICE,
        message -> asks ? !message.resident() : message.leftToSpool(),
        this::rebind);
  }

  private int rebind(MailQueue queue, Set<MailMessage> messages, Map<MailMessage, Read> read) {
    Set<MailMessage> movers = none();
    int seen = 0;
    for (MailMessage message : queue.snapshot(true)) {
      Read known = read.get(message);
      if (!messages.contains(message) || (message.leftToSpool() && known == null)) {
        continue;
      }
      seen++;
      boolean counted = message.resident();
      if (!counted && known != null && known.body() != null) {
        message.swapIn(known.envelope(), known.body());
      } else if (known != null) {
        message.takeBack(known.envelope());
      }
      String group = message.bindingGroup();
      String binding = message.binding();
      server.bindingChoice().rebind(message);
      if (message.changed()) {
        rewrite(queue, message);
      }
      if (!counted) {
        queue.forget(message);
      } else {
        message.settle(server.dictionaries());
      }
      if (!group.equals(message.bindingGroup()) || !binding.equals(message.binding())) {
        movers.add(message);
      }
    }
    for (MailMessage message :
        movers.isEmpty() ? List.<MailMessage>of() : queue.removeAll(movers)) {
      rewrite(queue, message);
      queue.swapOut(message);
      server.move(message, queue.domain());
    }
    return seen;
  }

  /** Another queue gets it: the spool knows first. */
  private void leave(MailQueue queue, MailMessage message) {
    rewrite(queue, message);
    if (message.resident()) {
      queue.swapOut(message);
    } else {
      queue.forget(message);
    }
  }

  private void rewrite(MailQueue queue, MailMessage message) {
    server
        .spool()
        .rewrite(
            message.spoolEntry(),
            message.envelope(queue.maintainer().settings().excludedKeys()),
            message.attemptState());
    message.rewritten();
  }

  // ---- how it does it ----

  private List<MailQueue> queues(Which which) {
    return server.queues().stream()
        .filter(which::has)
        .filter(queue -> queue.activeSize() > 0 || queue.delayedSize() > 0)
        .toList();
  }

  private static Set<MailMessage> none() {
    return new HashSet<>();
  }

  private int each(
      Which which,
      MailFilter filter,
      boolean delayedToo,
      int most,
      Predicate<MailMessage> needsSpool,
      Act act)
      throws ConsoleException {
    // all of them first: what moves to a queue further on is not met again
    Map<MailQueue, List<MailMessage>> waiting = new LinkedHashMap<>();
    for (MailQueue queue : queues(which)) {
      waiting.put(queue, on(queue, () -> queue.snapshot(delayedToo)));
    }
    int done = 0;
    for (Map.Entry<MailQueue, List<MailMessage>> one : waiting.entrySet()) {
      MailQueue queue = one.getKey();
      Set<MailMessage> before = none();
      List<MailMessage> messages = one.getValue();
      for (int pass = 0; pass < PASSES; pass++) {
        done += slices(queue, matching(queue, messages, filter), most, needsSpool, act);
        if (!on(queue, queue::reading)) {
          break;
        }
        // what was being read for its turn is back, or soon will be
        before.addAll(messages);
        messages = new ArrayList<>(on(queue, () -> queue.snapshot(delayedToo)));
        messages.removeIf(before::contains);
      }
    }
    return done;
  }

  private int slices(
      MailQueue queue,
      List<MailMessage> messages,
      int most,
      Predicate<MailMessage> needsSpool,
      Act act)
      throws ConsoleException {
    int done = 0;
    int from = 0;
    while (from < messages.size()) {
      Set<MailMessage> slice = none();
      long octets = 0;
      while (from < messages.size() && slice.size() < most && octets < OCTETS) {
        MailMessage message = messages.get(from++);
        slice.add(message);
        octets += message.size();
      }
      Map<MailMessage, Read> read = read(queue, slice, needsSpool);
      int count = on(queue, () -> act.on(queue, slice, read));
      while (count < 0) {
        pause();
        count = on(queue, () -> act.on(queue, slice, read));
      }
      done += count;
    }
    return done;
  }

  private static void pause() throws ConsoleException {
    try {
      Thread.sleep(FULL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted");
    }
  }

  /** What of a slice is needed and only in the spool. */
  private Map<MailMessage, Read> read(
      MailQueue queue, Set<MailMessage> slice, Predicate<MailMessage> needsSpool)
      throws ConsoleException {
    List<MailMessage> needed = on(queue, () -> slice.stream().filter(needsSpool).toList());
    Map<MailMessage, Read> read = new HashMap<>();
    boolean bodies = server.bindingChoice().asks();
    for (MailMessage message : needed) {
      try {
        Envelope envelope = server.spool().envelope(message.spoolEntry());
        read.put(
            message, new Read(envelope, bodies ? server.spool().read(message.spoolEntry()) : null));
      } catch (IOException e) {
        LOG.debug("message {} is gone or cannot be read: {}", message.id(), e.getMessage());
      }
    }
    return read;
  }

  /** Those of {@code messages} that the filter fits. */
  private List<MailMessage> matching(MailQueue queue, List<MailMessage> messages, MailFilter filter)
      throws ConsoleException {
    if (filter.equals(MailFilter.all())) {
      return messages;
    }
    List<MailMessage> found = new ArrayList<>();
    for (int from = 0; from < messages.size(); from += SLICE) {
      List<MailMessage> slice = messages.subList(from, Math.min(messages.size(), from + SLICE));
      Map<MailMessage, Boolean> known = on(queue, () -> known(slice, filter));
      for (MailMessage message : slice) {
        Boolean fits = known.get(message);
        if (fits != null ? fits : fitsInSpool(message, filter)) {
          found.add(message);
        }
      }
    }
    return found;
  }

  private Map<MailMessage, Boolean> known(List<MailMessage> slice, MailFilter filter) {
    Map<MailMessage, Boolean> known = new HashMap<>();
    for (MailMessage message : slice) {
      filter.fits(message).ifPresent(fits -> known.put(message, fits));
      if (filter.looksAtDictionaries()) {
        message.settle(server.dictionaries());
      }
    }
    return known;
  }

  private boolean fitsInSpool(MailMessage message, MailFilter filter) {
    try {
      return filter instanceof MailFilter.Meta
          ? filter.fits(server.spool().envelope(message.spoolEntry()))
          : filter.fits(server.spool().read(message.spoolEntry()));
    } catch (IOException e) {
      LOG.debug("message {} is gone or cannot be read: {}", message.id(), e.getMessage());
      return false;
    }
  }

  private static <T> T on(MailQueue queue, Supplier<T> question) throws ConsoleException {
    return QueueQuestions.await(
        CompletableFuture.supplyAsync(question, queue.home().loop()), DEADLINE_SECONDS);
  }

  /** Whether any queue is meant. */
  public boolean any(Which which) {
    Collection<MailQueue> found = queues(which);
    return !found.isEmpty();
  }

  /** Whether the binding is configured, or has mail. */
  public boolean known(String binding) {
    return server.bindingChoice().table().find(binding).isPresent()
        || server.queues().stream().anyMatch(queue -> queue.binding().equals(binding));
  }
}
