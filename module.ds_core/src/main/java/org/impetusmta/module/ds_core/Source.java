package org.impetusmta.module.ds_core;

import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.PooledObjectState;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One URI and the connections to it. A connection that was idle for a second is asked whether it
 * lives before it is used. A URI that takes no connection is dead for {@code retry_dead}; one
 * caller tries it then, the others learn from that one. Concurrent.
 */
final class Source {
  private static final Logger LOG = LoggerFactory.getLogger(Source.class);
  private static final Duration FRESH = Duration.ofSeconds(1);
  private static final long ALIVE = Long.MIN_VALUE;

  private final String title;
  private final String driverName;
  private final String rest;
  private final Drivers drivers;
  private final DatasourceSettings settings;
  private final long retryNanos;
  private final LongSupplier nanoTime;
  private final GenericObjectPool<Link> pool;

  /** When it is tried again; {@link #ALIVE} where it is not dead. */
  private final AtomicLong deadUntil = new AtomicLong(ALIVE);

  private volatile String lastFailure = "";

  /** A connection and whose it is. */
  private record Link(
      DatasourceDriver driver, DatasourceConnection connection, AtomicBoolean broken) {}

  /** What is done with a connection. */
  @FunctionalInterface
  interface Work<T> {
    T on(DatasourceConnection connection) throws DatasourceException;
  }

  Source(
      int number,
      String uri,
      Drivers drivers,
      DatasourceSettings settings,
      DatasourceOptions options,
      LongSupplier nanoTime) {
    this.driverName = Drivers.nameOf(uri);
    this.rest = uri.substring(uri.indexOf(':') + 1).strip();
    this.title = "datasource %s: URI %d (%s)".formatted(settings.datasource(), number, driverName);
    this.drivers = drivers;
    this.settings = settings;
    this.retryNanos = options.retryDead().toNanos();
    this.nanoTime = nanoTime;
    GenericObjectPoolConfig<Link> config = new GenericObjectPoolConfig<>();
    config.setJmxEnabled(false);
    config.setMaxTotal(options.maxConnections());
    config.setMaxIdle(options.maxConnections());
    config.setMaxWait(options.connectTimeout());
    config.setTestOnBorrow(true);
    config.setTestOnReturn(true);
    config.setLifo(true);
    config.setMinEvictableIdleDuration(options.idleTimeout());
    config.setNumTestsPerEvictionRun(-1);
    pool = new GenericObjectPool<>(new Links(), config);
  }

  String driverName() {
    return driverName;
  }

  /** Whether it is left out now; where its time to be tried is there, one caller hears no. */
  boolean dead() {
    long until = deadUntil.get();
    if (until == ALIVE) {
      return false;
    }
    long now = nanoTime.getAsLong();
    return until - now > 0 || !deadUntil.compareAndSet(until, now + retryNanos);
  }

  /** Why it is dead. */
  String lastFailure() {
    return lastFailure;
  }

  /**
   * Does something with a connection. Where one that was idle turns out to be lost, it is done once
   * more with a new one, if it may be done twice.
   *
   * @throws DatasourceException with {@link DatasourceException#connectionLost} where another URI
   *     is worth asking
   */
  <T> T with(Work<T> work, boolean repeatable) throws DatasourceException {
    Link link = borrow();
    try {
      T answer = work.on(link.connection());
      pool.returnObject(link);
      return answer;
    } catch (DatasourceException e) {
      if (!e.connectionLost()) {
        pool.returnObject(link);
        throw e;
      }
      invalidate(link);
      pool.clear();
      LOG.warn("{}: {}", title, e.getMessage());
      if (!repeatable) {
        throw e;
      }
    } catch (RuntimeException | Error e) {
      invalidate(link);
      throw e;
    }
    return again(work);
  }

  private <T> T again(Work<T> work) throws DatasourceException {
    Link link = borrow();
    try {
      T answer = work.on(link.connection());
      pool.returnObject(link);
      return answer;
    } catch (DatasourceException e) {
      if (e.connectionLost()) {
        invalidate(link);
        die(e);
      } else {
        pool.returnObject(link);
      }
      throw e;
    } catch (RuntimeException | Error e) {
      invalidate(link);
      throw e;
    }
  }

  private Link borrow() throws DatasourceException {
    try {
      Link link = pool.borrowObject();
      if (deadUntil.getAndSet(ALIVE) != ALIVE) {
        LOG.info("{}: answers again", title);
      }
      return link;
    } catch (DatasourceException e) {
      die(e);
      throw new DatasourceException(title + ": " + e.getMessage(), true, e);
    } catch (NoSuchElementException e) {
      throw new DatasourceException(
          title
              + ": all "
              + pool.getMaxTotal()
              + " connections are busy (max_connections) for "
              + settings.connectTimeout().toSeconds()
              + " s",
          true,
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatasourceException(title + ": interrupted", false, e);
    } catch (Exception e) { // what the pool and its factory throw
      die(e);
      throw new DatasourceException(title + ": " + e, true, e);
    }
  }

  private void die(Exception cause) {
    lastFailure = String.valueOf(cause.getMessage());
    long until = nanoTime.getAsLong() + retryNanos;
    boolean lived = deadUntil.getAndSet(until == ALIVE ? until + 1 : until) == ALIVE;
    if (lived) {
      LOG.error(
          "{}: dead, tried again in {} s: {}", title, retryNanos / 1_000_000_000L, lastFailure);
      LOG.debug("{}", title, cause);
    }
  }

  /**
   * Closes a connection. (The pool's own way to do that would open another one at once, and wait
   * for it.)
   */
  private void invalidate(Link link) {
    link.broken.set(true);
    pool.returnObject(link);
  }

  /** Closes what is idle for too long. */
  void tidy() {
    try {
      pool.evict();
    } catch (Exception e) { // as the pool declares it
      LOG.debug("{}: idle connections", title, e);
    }
  }

  /** Closes the connections that nobody uses now; others when they come back. */
  void clear() {
    pool.clear();
  }

  void close() {
    pool.close();
  }

  int connections() {
    return pool.getNumActive() + pool.getNumIdle();
  }

  /** Opens, asks and closes connections for the pool. */
  private final class Links extends BasePooledObjectFactory<Link> {
    @Override
    public Link create() throws DatasourceException {
      DatasourceDriver driver =
          drivers
              .find(driverName)
              .orElseThrow(() -> new DatasourceException("the module of the driver is not loaded"));
      return new Link(driver, driver.connect(driverName, rest, settings), new AtomicBoolean());
    }

    @Override
    public PooledObject<Link> wrap(Link link) {
      return new DefaultPooledObject<>(link);
    }

    @Override
    public boolean validateObject(PooledObject<Link> pooled) {
      Link link = pooled.getObject();
      if (link.broken.get() || !drivers.has(link.driver())) {
        return false;
      }
      return pooled.getState() == PooledObjectState.RETURNING
          || pooled.getIdleDuration().compareTo(FRESH) < 0
          || link.connection().alive();
    }

    @Override
    public void destroyObject(PooledObject<Link> pooled) {
      pooled.getObject().connection().close();
    }
  }
}
