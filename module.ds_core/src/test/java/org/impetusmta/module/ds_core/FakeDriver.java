package org.impetusmta.module.ds_core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.jspecify.annotations.Nullable;

/**
 * A driver whose sources answer with their own name and the query: {@code fake:one}. What a source
 * does otherwise the test says. Concurrent.
 */
final class FakeDriver implements DatasourceDriver {
  final AtomicInteger asked = new AtomicInteger();
  final AtomicInteger opened = new AtomicInteger();
  final AtomicInteger closed = new AtomicInteger();
  final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
  final Set<String> dead = ConcurrentHashMap.newKeySet();

  /** Sources whose open connections break when they are used next. */
  final Set<String> broken = ConcurrentHashMap.newKeySet();

  final Map<String, String> refused = new ConcurrentHashMap<>();
  volatile @Nullable CountDownLatch gate;
  volatile int mostAtOnce = 1;

  /** How many of the queries that are asked together are answered. */
  volatile int answers = Integer.MAX_VALUE;

  /** Runs whenever a source is asked. */
  volatile Runnable work = () -> {};

  volatile @Nullable DatasourceSettings settings;
  final Phaser arrived = new Phaser(1);

  @Override
  public Set<String> names() {
    return Set.of("fake");
  }

  @Override
  public void check(String name, String rest) {
    if (rest.startsWith("bad")) {
      throw new IllegalArgumentException("expected fake:name");
    }
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings how)
      throws DatasourceException {
    settings = how;
    if (dead.contains(rest)) {
      throw new DatasourceException(rest + " is down", true, new java.net.ConnectException("no"));
    }
    opened.incrementAndGet();
    return new Open(rest);
  }

  private final class Open implements DatasourceConnection {
    private final String source;

    /** Guarded by this. */
    private boolean isBroken;

    Open(String source) {
      this.source = source;
    }

    @Override
    public Rows query(Query query, int maxRows) throws DatasourceException {
      use(query);
      if (query.text().startsWith("rows ")) {
        int there = Integer.parseInt(query.text().substring(5));
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (int i = 1; i <= Math.min(there, maxRows); i++) {
          rows.add(List.of(Integer.toString(i)));
        }
        return new Rows(List.of("row"), rows);
      }
      return answer(query, maxRows);
    }

    private Rows answer(Query query, int maxRows) {
      return new Rows(
          List.of("source", "query", "most", "value"),
          List.of(
              List.of(
                  source,
                  query.text(),
                  Integer.toString(maxRows),
                  String.join(",", query.positional()))));
    }

    @Override
    public int mostAtOnce(Query one) {
      return mostAtOnce;
    }

    @Override
    public List<Rows> queryAll(List<Query> queries, int maxRows) throws DatasourceException {
      use(Query.of(queries.size() + " x " + queries.getFirst().text()));
      for (Query query : queries) {
        refuse(query);
      }
      return queries.stream().limit(answers).map(query -> answer(query, maxRows)).toList();
    }

    @Override
    public long execute(Query statement) throws DatasourceException {
      use(statement);
      return 1;
    }

    private synchronized void use(Query query) throws DatasourceException {
      asked.incrementAndGet();
      log.add(source + " " + query.text());
      arrived.arrive();
      CountDownLatch waiting = gate;
      try {
        if (waiting != null && !waiting.await(20, TimeUnit.SECONDS)) {
          throw new IllegalStateException("nobody opened the gate");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (broken.remove(source)) {
        isBroken = true;
      }
      if (isBroken) {
        throw new DatasourceException(source + " broke off", true, new java.io.IOException("cut"));
      }
      work.run();
      refuse(query);
    }

    private void refuse(Query query) throws DatasourceException {
      for (String word : query.positional()) {
        refuse(word);
      }
      refuse(query.text());
    }

    private void refuse(String word) throws DatasourceException {
      String why = refused.get(word);
      if (why != null) {
        throw new DatasourceException(why);
      }
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }
}
