package org.impetusmta.core.queue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.impetusmta.api.queue.QueueWatch;
import org.impetusmta.api.queue.WaitingMessage;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Walks over what waits, for modules. Concurrent. */
@Component(service = QueueWatch.class)
public final class Watch implements QueueWatch {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  /** Messages looked at in one turn of a loop. */
  static final int SLICE = 10_000;

  private final LoopMailQueues server;

  @Activate
  public Watch(@Reference LoopMailQueues server) {
    this.server = server;
  }

  @Override
  public <V extends Visitor> CompletableFuture<List<V>> visit(Supplier<V> visitors) {
    List<V> made = new ArrayList<>();
    List<CompletableFuture<Void>> walks = new ArrayList<>();
    for (QueueLoop loop : server.loops()) {
      V visitor = visitors.get();
      made.add(visitor);
      Walk walk = new Walk(loop, visitor);
      walks.add(walk.done);
      loop.loop().execute(walk);
    }
    return CompletableFuture.allOf(walks.toArray(new CompletableFuture<?>[0]))
        .thenApply(all -> List.copyOf(made));
  }

  /** One walk over the queues of one loop. Single, confined to the loop. */
  private final class Walk implements Runnable, WaitingMessage, WatchedQueue {
    private final QueueLoop home;
    private final Visitor visitor;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private @Nullable Iterator<MailQueue> queues;
    private @Nullable MailQueue queue;
    private @Nullable MailMessage message;
    private boolean delayed;
    private int position;

    Walk(QueueLoop home, Visitor visitor) {
      this.home = home;
      this.visitor = visitor;
    }

    @Override
    public void run() {
      try {
        if (slice()) {
          home.loop().execute(this);
        } else {
          done.complete(null);
        }
      } catch (RuntimeException e) {
        LOG.error("looking at waiting mail failed", e);
        done.completeExceptionally(e);
      }
    }

    /** Whether there is more. */
    private boolean slice() {
      Iterator<MailQueue> rest = queues;
      if (rest == null) {
        rest = home.queues().iterator();
        queues = rest;
      }
      for (int left = SLICE; left > 0; left--) {
        MailQueue current = queue;
        if (current == null) {
          if (!rest.hasNext()) {
            return false;
          }
          queue = rest.next();
          position = 0;
          delayed = false;
          if (!visitor.queue(this)) {
            queue = null;
          }
          continue;
        }
        int seen =
            delayed
                ? current.forEachDelayed(position, left, this::visit)
                : current.forEachActive(position, left, this::visit);
        position += seen;
        if (seen == left) {
          return true;
        }
        left -= seen;
        if (delayed) {
          queue = null;
        } else {
          delayed = true;
          position = 0;
        }
      }
      return true;
    }

    private void visit(MailMessage next) {
      message = next;
      try {
        visitor.message(this);
      } finally {
        message = null;
        // whoever looked at a dictionary leaves it as it waits
        if (!next.resident()) {
          next.settle(server.dictionaries());
        }
      }
    }

    // ---- the message ----

    @Override
    public MailMessage message() {
      MailMessage now = message;
      if (now == null) {
        throw new IllegalStateException("outside the call");
      }
      return now;
    }

    @Override
    public boolean delayed() {
      return delayed;
    }

    @Override
    public Instant nextAttempt() {
      return Instant.ofEpochMilli(message().nextAttemptMillis());
    }

    @Override
    public int warnings() {
      return message().warnings();
    }

    @Override
    public Optional<Instant> lastWarning() {
      if (warnings() == 0) {
        return Optional.empty();
      }
      return message()
          .context()
          .get(MailMessage.WARNED)
          .filter(text -> text.matches("\\d{1,12}"))
          .map(text -> Instant.ofEpochSecond(Long.parseLong(text)));
    }

    @Override
    public boolean warnSender(int warnings) {
      return server.bounces().warn(watched(), message(), checked(warnings), true);
    }

    @Override
    public boolean warned(int warnings) {
      return server.bounces().warn(watched(), message(), checked(warnings), false);
    }

    private static int checked(int warnings) {
      if (warnings < 1 || warnings > Byte.MAX_VALUE) {
        throw new IllegalArgumentException("warnings: " + warnings);
      }
      return warnings;
    }

    // ---- the queue ----

    private MailQueue watched() {
      MailQueue now = queue;
      if (now == null) {
        throw new IllegalStateException("outside the call");
      }
      return now;
    }

    @Override
    public String bindingGroup() {
      return watched().bindingGroup();
    }

    @Override
    public String binding() {
      return watched().binding();
    }

    @Override
    public String domain() {
      return watched().domain();
    }

    @Override
    public int size() {
      return watched().waiting() + watched().delayedNow();
    }

    @Override
    public <T extends Record> T options(Class<T> type) {
      return server.generation().options(type, watched().path());
    }
  }
}
