package org.impetusmta.module.cidrdb;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.cidr.CidrDefinition;
import org.impetusmta.api.cidr.CidrLists;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One list: what answers, and when it is read anew. New blocks are made aside in the pool IO and
 * take over by one write of a field; where reading fails, what was there goes on answering.
 * Concurrent.
 */
final class NamedList {
  private static final Logger LOG = LoggerFactory.getLogger(NamedList.class);

  private final String name;
  private final CidrDefinition definition;
  private final BlockSource source;
  private final Scheduler scheduler;

  /** What answers; null until it was read first. */
  private volatile @Nullable Blocks blocks;

  private volatile @Nullable String failure;

  /** Guarded by this, as is all below. */
  private @Nullable CompletableFuture<Void> reading;

  private @Nullable CompletableFuture<Void> next;
  private EventLoop.@Nullable Timer timer;
  private long dueMillis;
  private boolean ended;
  private Blocks.@Nullable Builder put;

  NamedList(String name, CidrDefinition definition, BlockSource source, Scheduler scheduler) {
    this.name = name;
    this.definition = definition;
    this.source = source;
    this.scheduler = scheduler;
    if (definition.source() instanceof CidrDefinition.Empty) {
      blocks = Blocks.NONE;
    }
  }

  CidrDefinition definition() {
    return definition;
  }

  Optional<String> query(InetAddress address) {
    Optional<String> found = known().find(address);
    if (found.isEmpty()) {
      return definition.defaultValue();
    }
    return definition.interpolate() && found.get().indexOf('$') >= 0
        ? Optional.of(found.get().replace("$", address.getHostAddress()))
        : found;
  }

  boolean contains(InetAddress address) {
    return known().contains(address);
  }

  private Blocks known() {
    Blocks now = blocks;
    if (now == null) {
      throw new IllegalStateException("the list " + name + " has not been read");
    }
    return now;
  }

  /** Adds a block; each costs a new tree, so this is for small lists. */
  synchronized void put(Cidr block, String value) {
    if (!(definition.source() instanceof CidrDefinition.Empty)) {
      throw new IllegalArgumentException("the list " + name + " is filled from its source");
    }
    Blocks.Builder builder = put;
    if (builder == null) {
      builder = new Blocks.Builder();
      put = builder;
    }
    builder.add(block, value);
    blocks = builder.build();
  }

  /** Reads anew; where that is under way, once more behind it. Never blocks. */
  synchronized CompletableFuture<Void> reload() {
    if (definition.source() instanceof CidrDefinition.Empty || ended) {
      return CompletableFuture.completedFuture(null);
    }
    if (reading != null) {
      CompletableFuture<Void> waiting = next;
      if (waiting == null) {
        waiting = new CompletableFuture<>();
        next = waiting;
      }
      return waiting;
    }
    return begin(new CompletableFuture<>());
  }

  private CompletableFuture<Void> begin(CompletableFuture<Void> done) {
    reading = done;
    try {
      scheduler.pool("IO").execute(() -> read(done));
    } catch (RejectedExecutionException full) {
      failure = full.toString();
      LOG.warn("list {} is not read: {}", name, full.toString());
      reading = null;
      plan();
      done.completeExceptionally(full);
    }
    return done;
  }

  private void read(CompletableFuture<Void> done) {
    @Nullable Exception cause = null;
    try {
      Blocks fresh = source.read(name, definition.source());
      blocks = fresh;
      failure = null;
      LOG.info("list {} has {} blocks", name, fresh.entries());
    } catch (IOException | RuntimeException bad) {
      cause = bad;
      failure = reason(bad);
      LOG.error("list {} cannot be read: {}", name, failure);
    }
    synchronized (this) {
      CompletableFuture<Void> waiting = next;
      next = null;
      reading = null;
      if (waiting != null && !ended) {
        begin(waiting);
      } else {
        if (waiting != null) {
          waiting.complete(null);
        }
        plan();
      }
    }
    if (cause == null) {
      done.complete(null);
    } else {
      done.completeExceptionally(cause);
    }
  }

  private static String reason(Exception bad) {
    String message = bad.getMessage();
    return message == null
            || bad instanceof InvalidPathException
            || bad instanceof java.nio.file.FileSystemException
        ? bad.toString()
        : message;
  }

  /** Plans the next reading, in a while also where the last one failed. */
  private void plan() {
    EventLoop.Timer before = timer;
    if (before != null) {
      before.cancel();
      timer = null;
    }
    Duration refresh = definition.refresh();
    if (ended || refresh.isZero()) {
      return;
    }
    dueMillis = scheduler.clock().millis() + refresh.toMillis();
    timer =
        scheduler
            .loops()
            .getFirst()
            .schedule(
                () -> {
                  synchronized (this) {
                    timer = null;
                  }
                  reload();
                },
                refresh);
  }

  /** Nothing is read any more; what answers goes on answering. */
  synchronized void end() {
    ended = true;
    plan();
  }

  synchronized CidrLists.Status status() {
    Blocks now = blocks;
    return new CidrLists.Status(
        name,
        now == null ? 0 : now.entries(),
        definition.source() instanceof CidrDefinition.Empty ? 0 : definition.refresh().toSeconds(),
        timer == null
            ? OptionalLong.empty()
            : OptionalLong.of(Math.max(0, (dueMillis - scheduler.clock().millis()) / 1000)),
        Optional.ofNullable(failure));
  }
}
