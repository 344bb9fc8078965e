package org.impetusmta.testkit.datasource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.jspecify.annotations.Nullable;

/**
 * A source that answers what a test told it: by text and values, by text alone, or by a function;
 * where nothing fits, no rows. It can fail, hang until let go, and cache. Concurrent.
 */
public final class StandInDatasource implements Datasource {
  private final String name;
  private final Map<Query, Rows> exact = new ConcurrentHashMap<>();
  private final Map<String, Function<Query, Rows>> byText = new ConcurrentHashMap<>();
  private final Map<Query, Rows> cache = new ConcurrentHashMap<>();
  private final List<Query> asked = new CopyOnWriteArrayList<>();
  private final List<Query> executed = new CopyOnWriteArrayList<>();
  private volatile @Nullable String failure;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean caching;

  StandInDatasource(String name) {
    this.name = name;
  }

  /** Rows of one column. */
  public static Rows column(String column, @Nullable String... cells) {
    List<List<@Nullable String>> rows = new ArrayList<>();
    for (String cell : cells) {
      rows.add(Arrays.asList(cell));
    }
    return new Rows(List.of(column), rows);
  }

  /**
   * One row.
   *
   * @param pairs a column and its cell, in turn
   */
  public static Rows row(String... pairs) {
    List<String> columns = new ArrayList<>();
    List<@Nullable String> cells = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      columns.add(pairs[i]);
      cells.add(pairs[i + 1]);
    }
    return new Rows(columns, List.of(cells));
  }

  /** What is answered to this text with these values. */
  public StandInDatasource answers(Query query, Rows rows) {
    exact.put(query, rows);
    return this;
  }

  /** What is answered to this text, whatever the values. */
  public StandInDatasource answers(String text, Rows rows) {
    return answers(text, query -> rows);
  }

  /** What is answered to this text. */
  public StandInDatasource answers(String text, Function<Query, Rows> rows) {
    byText.put(text, rows);
    return this;
  }

  /** From now on all queries and statements fail. */
  public void fail(String message) {
    failure = message;
  }

  /** They do not any more. */
  public void recover() {
    failure = null;
  }

  /** From now on whoever asks waits. */
  public void hold() {
    gate = new CountDownLatch(1);
  }

  /** Lets go those who wait. */
  public void release() {
    gate.countDown();
  }

  /** Whether what was answered once is answered again without asking. */
  public void caching(boolean on) {
    caching = on;
  }

  /** The queries that reached the source, in their order; those that failed or hang too. */
  public List<Query> asked() {
    return List.copyOf(asked);
  }

  /** The statements likewise. */
  public List<Query> executed() {
    return List.copyOf(executed);
  }

  private void pass() throws DatasourceException {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatasourceException("interrupted", true, e);
    }
    String message = failure;
    if (message != null) {
      throw new DatasourceException(message);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<Rows> cached(Query query) {
    return Optional.ofNullable(cache.get(query));
  }

  @Override
  public Rows query(Query query) throws DatasourceException {
    Rows known = cache.get(query);
    if (known != null) {
      return known;
    }
    asked.add(query);
    pass();
    Rows rows = exact.get(query);
    if (rows == null) {
      rows = byText.getOrDefault(query.text(), other -> Rows.NONE).apply(query);
    }
    if (caching) {
      cache.put(query, rows);
    }
    return rows;
  }

  @Override
  public CompletionStage<Rows> ask(Query query) {
    Rows known = cache.get(query);
    if (known != null) {
      return CompletableFuture.completedFuture(known);
    }
    CompletableFuture<Rows> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                answer.complete(query(query));
              } catch (DatasourceException | RuntimeException e) {
                answer.completeExceptionally(e);
              }
            });
    return answer;
  }

  @Override
  public long execute(Query statement) throws DatasourceException {
    executed.add(statement);
    pass();
    return 1;
  }

  @Override
  public long flush() {
    long entries = cache.size();
    cache.clear();
    return entries;
  }
}
