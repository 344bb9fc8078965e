package org.impetusmta.module.ds_core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Datasources before a driver that the test holds. */
final class DsCoreTest {
  private final AtomicLong nanos = new AtomicLong(1);
  private final FakeDriver driver = new FakeDriver();
  private final TestScheduler scheduler = new TestScheduler(new ManualClock(0), 1);
  private final List<String> told = new ArrayList<>();

  private DsCore core(Conf conf) throws ConfigException {
    DsCore core =
        new DsCore(
            conf,
            scheduler,
            nanos::get,
            watch -> {
              told.add("+" + watch.name());
              return () -> told.add("-" + watch.name());
            });
    core.bindDriver(driver);
    core.begin();
    return core;
  }

  private Datasource one(DatasourceOptions options) throws ConfigException {
    return core(Conf.EMPTY.and("db", options)).find("db").orElseThrow();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static Query query(String text) {
    return Query.of(text);
  }

  private static Typed type(DsCore core, String... words) throws ConsoleException {
    return Typed.run(core, words);
  }

  private static Report row(Typed typed) {
    Object rows = typed.values().get("caches");
    return (Report) ((List<?>) Objects.requireNonNull(rows)).getFirst();
  }

  @Test
  void equal_queries_share_an_answer() throws Exception {
    Datasource db = one(Conf.options("fake:one"));
    Query first = Query.of("q :a", Map.of("a", "1"));
    assertThat(db.cached(first)).isEmpty();
    Rows answer = db.query(first);
    assertThat(db.query(Query.of("q :a", Map.of("a", "1")))).isSameAs(answer);
    assertThat(db.cached(first)).containsSame(answer);
    assertThat(driver.asked).hasValue(1);
    db.query(Query.of("q :a", Map.of("a", "2")));
    db.query(Query.of("q :a", "1"));
    assertThat(driver.asked).hasValue(3);
    assertThat(answer.first("most")).contains("101");
    assertThat(answer.whole()).isSameAs(answer);
  }

  @Test
  void an_answer_that_is_cut_says_so() throws Exception {
    Datasource db = one(Conf.with(Conf.options("fake:one"), 2, "IO", true, 10));
    assertThat(db.query(query("rows 2")).whole().size()).isEqualTo(2);
    Rows cut = db.query(query("rows 3"));
    assertThat(cut.cells().stream().map(List::getFirst)).containsExactly("1", "2");
    assertThatThrownBy(cut::whole).hasMessageContaining("more rows than max_rows = 2");
  }

  @Test
  void the_table_of_stats_is_the_manuals() throws Exception {
    DsCore core = core(Conf.EMPTY.and("ecdb", Conf.options("fake:one")));
    Datasource db = core.find("ecdb").orElseThrow();
    for (int i = 0; i < 4; i++) {
      db.query(query("a"));
      db.query(query("b"));
    }
    pass(Duration.ofSeconds(3601));
    db.query(query("a"));
    Typed typed = type(core, "stats");
    assertThat(typed.lines())
        .containsExactly(
            "cache name                      lookups %                  deletions %",
            "                       elts  hit miss pend  total  inserts man ttl lru  total",
            "---------------------- ----- -------------------- -------- ------------------",
            "ecdb",
            "                           1   67   33    0      9        3   0 100   0      2");
    assertThat(typed.values()).isNotEmpty();
    assertThat(row(typed).values())
        .containsEntry("name", "ecdb")
        .containsEntry("hits", 6L)
        .containsEntry("misses", 3L)
        .containsEntry("deleted_expired", 2L)
        .containsEntry("connections", 1);
    assertThat(type(core, "flush", "ecdb").lines())
        .containsExactly("flushed 1 entries from cache 'ecdb'");
    assertThat(type(core, "stats").lines().getLast())
        .isEqualTo(
            "                           0   67   33    0      9        3  33  67   0      3");
    assertThatThrownBy(() -> type(core, "flush", "nobody"))
        .isInstanceOf(ConsoleException.class)
        .hasMessage("there is no datasource 'nobody'");
    assertThatThrownBy(() -> type(core, "flush")).isInstanceOf(ConsoleException.class);
    assertThat(core.complete(List.of("flush", ""))).containsExactly("ecdb");
    assertThat(core.complete(List.of("s"))).containsExactly("stats");
  }

  @Test
  void long_names_are_cut_in_the_table() throws Exception {
    DsCore core = core(Conf.EMPTY.and("a_very_long_name", Conf.options("fake:one")));
    assertThat(type(core, "stats").lines()).contains("a_very_lon");
  }

  @Test
  void answers_end_with_their_time() throws Exception {
    Datasource db = one(Conf.cache(Conf.options("fake:one"), 1000, 60, false));
    db.query(query("q"));
    pass(Duration.ofSeconds(59));
    assertThat(db.cached(query("q"))).isPresent();
    pass(Duration.ofSeconds(2));
    assertThat(db.cached(query("q"))).isEmpty();
    db.query(query("q"));
    assertThat(driver.asked).hasValue(2);
  }

  @Test
  void the_cache_never_outgrows_its_size() throws Exception {
    DsCore core = core(Conf.EMPTY.and("db", Conf.cache(Conf.options("fake:one"), 10, 60, false)));
    Datasource db = core.find("db").orElseThrow();
    for (int i = 0; i < 100; i++) {
      db.query(query("q" + i));
    }
    Report row = row(type(core, "stats"));
    assertThat(row.values()).containsEntry("entries", 10L).containsEntry("deleted_lru", 90L);
  }

  @Test
  void without_a_cache_every_query_goes_to_the_source() throws Exception {
    Datasource db = one(Conf.cache(Conf.options("fake:one"), 1000, 60, true));
    db.query(query("q"));
    db.query(query("q"));
    assertThat(db.cached(query("q"))).isEmpty();
    assertThat(driver.asked).hasValue(2);
    CompletableFuture<Rows> later = db.ask(query("q")).toCompletableFuture();
    scheduler.run();
    assertThat(later.join().first()).contains("one");
    assertThat(driver.asked).hasValue(3);
  }

  @Test
  void who_asks_the_same_meanwhile_waits_for_one_answer() throws Exception {
    DsCore core = core(Conf.EMPTY.and("db", Conf.options("fake:one")));
    Datasource db = core.find("db").orElseThrow();
    CountDownLatch gate = new CountDownLatch(1);
    driver.gate = gate;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      int phase = driver.arrived.getPhase();
      Future<Rows> first = threads.submit(() -> db.query(query("q")));
      driver.arrived.awaitAdvance(phase);
      List<CompletableFuture<Rows>> others = new ArrayList<>();
      for (int i = 0; i < 7; i++) {
        others.add(db.ask(query("q")).toCompletableFuture());
      }
      assertThat(others).noneMatch(CompletableFuture::isDone);
      gate.countDown();
      Rows answer = first.get();
      others.forEach(other -> assertThat(other.join()).isSameAs(answer));
    }
    assertThat(driver.asked).hasValue(1);
    Report row = row(type(core, "stats"));
    assertThat(row.values()).containsEntry("pending", 7L).containsEntry("misses", 1L);
  }

  private List<CompletableFuture<Rows>> ask(Datasource db, String text, String... values) {
    return Stream.of(values)
        .map(value -> db.ask(Query.of(text, value)).toCompletableFuture())
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static Stream<String> values(List<CompletableFuture<Rows>> answers) {
    return answers.stream().map(answer -> answer.getNow(Rows.NONE).first("value").orElse(""));
  }

  @Test
  void those_that_wait_are_asked_together() throws Exception {
    driver.mostAtOnce = 8;
    Datasource db = one(Conf.options("fake:one"));
    List<CompletableFuture<Rows>> seven = ask(db, "q", "1", "2", "3", "4", "5", "6", "7");
    List<CompletableFuture<Rows>> others = ask(db, "r", "8", "9");
    List<CompletableFuture<Rows>> last = ask(db, "q", "10");
    scheduler.run();
    assertThat(values(seven)).containsExactly("1", "2", "3", "4", "5", "6", "7");
    assertThat(values(others)).containsExactly("8", "9");
    assertThat(values(last)).containsExactly("10");
    assertThat(driver.log)
        .as("eight at most, and those of another text stay in their place")
        .containsExactly("one 8 x q", "one 2 x r");
    assertThat(db.cached(Query.of("q", "5"))).isPresent();
    assertThat(seven.getFirst().join().first("most")).contains("101");
  }

  /** Time passes for the datasource and for timers. */
  private void advance(int milliseconds) {
    for (int i = 0; i < milliseconds; i++) {
      pass(Duration.ofMillis(1));
      scheduler.advance(Duration.ofMillis(1));
    }
  }

  @Test
  void in_a_rush_queries_wait_for_each_other() throws Exception {
    driver.mostAtOnce = 16;
    Datasource db = one(Conf.options("fake:one"));
    for (int ms = 0; ms < 1510; ms++) { // 5,000 a second, until it is tried and found good
      ask(db, "q", ms + "a", ms + "b", ms + "c", ms + "d", ms + "e");
      advance(1);
    }
    advance(11);
    driver.log.clear();
    List<CompletableFuture<Rows>> first = ask(db, "q", "1");
    scheduler.run();
    assertThat(values(first)).as("nobody went of late").containsExactly("1");
    List<CompletableFuture<Rows>> all = new ArrayList<>(ask(db, "q", "2", "3"));
    advance(1);
    all.addAll(ask(db, "q", "4", "5"));
    scheduler.run();
    assertThat(all).noneMatch(CompletableFuture::isDone);
    advance(5);
    assertThat(values(all)).containsExactly("2", "3", "4", "5");
    String[] full = IntStream.range(100, 116).mapToObj(Integer::toString).toArray(String[]::new);
    List<CompletableFuture<Rows>> sixteen = ask(db, "q", full);
    scheduler.run();
    assertThat(values(sixteen)).as("as many as go together").containsExactly(full);
    assertThat(driver.log).containsExactly("one q", "one 4 x q", "one 16 x q");
    List<CompletableFuture<Rows>> last = ask(db, "q", "200");
    advance(6);
    assertThat(values(last)).containsExactly("200");
  }

  @Test
  void a_pool_that_takes_no_more_is_told_to_all_who_wait() throws Exception {
    Datasource db = one(Conf.options("fake:one"));
    TestScheduler.Pool pool = scheduler.pool("IO");
    List<CompletableFuture<Rows>> first = ask(db, "q", "1");
    pool.full(true);
    List<CompletableFuture<Rows>> refused = ask(db, "q", "2");
    scheduler.run();
    assertThat(values(first)).containsExactly("1");
    assertThat(values(refused)).as("a job was coming, which took it along").containsExactly("2");
    assertThat(ask(db, "q", "3", "4"))
        .allSatisfy(
            answer ->
                assertThat(answer)
                    .failsWithin(Duration.ZERO)
                    .withThrowableThat()
                    .withMessageContaining("takes no more"));
    pool.full(false);
    List<CompletableFuture<Rows>> again = ask(db, "q", "5");
    scheduler.run();
    assertThat(values(again)).containsExactly("5");
  }

  @Test
  void one_that_fails_takes_no_other_with_it() throws Exception {
    driver.mostAtOnce = 4;
    driver.refused.put("2", "bad value");
    Datasource db = one(Conf.options("fake:one"));
    List<CompletableFuture<Rows>> all = ask(db, "q", "1", "2", "3", "4", "5", "6");
    scheduler.run();
    assertThat(all.remove(1))
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withMessageContaining("bad value");
    assertThat(values(all)).containsExactly("1", "3", "4", "5", "6");
    assertThat(driver.log)
        .containsExactlyInAnyOrder("one 4 x q", "one q", "one q", "one q", "one q", "one 2 x q");
  }

  @Test
  void a_driver_that_leaves_answers_out_leaves_nobody_waiting() throws Exception {
    driver.mostAtOnce = 4;
    driver.answers = 3;
    Datasource db = one(Conf.options("fake:one"));
    List<CompletableFuture<Rows>> all = ask(db, "q", "1", "2", "3", "4");
    scheduler.run();
    assertThat(all)
        .allSatisfy(
            answer ->
                assertThat(answer)
                    .failsWithin(Duration.ZERO)
                    .withThrowableThat()
                    .withMessageContaining("the driver gave 3 answers to 4 queries"));
    driver.answers = 4;
    List<CompletableFuture<Rows>> again = ask(db, "q", "1", "2", "3", "4");
    scheduler.run();
    assertThat(values(again)).containsExactly("1", "2", "3", "4");
  }

  @Test
  void those_whose_connection_broke_are_asked_one_by_one() throws Exception {
    driver.mostAtOnce = 4;
    Datasource db = one(Conf.options("fake:one"));
    db.query(query("a"));
    driver.broken.add("one");
    List<CompletableFuture<Rows>> all = ask(db, "q", "1", "2", "3", "4");
    scheduler.run();
    assertThat(values(all)).containsExactly("1", "2", "3", "4");
    assertThat(driver.log)
        .containsExactly("one a", "one 4 x q", "one q", "one q", "one q", "one q");
  }

  @Test
  void a_slow_source_is_asked_one_by_one() throws Exception {
    driver.mostAtOnce = 16;
    driver.work = () -> pass(Duration.ofMillis(200));
    Datasource db = one(Conf.options("fake:one"));
    ask(db, "q", "1");
    scheduler.run();
    driver.log.clear();
    List<CompletableFuture<Rows>> all = ask(db, "q", "2", "3", "4");
    scheduler.run();
    assertThat(values(all)).containsExactly("2", "3", "4");
    assertThat(driver.log).containsExactly("one q", "one q", "one q");
  }

  @Test
  void failures_are_told_to_all_and_not_kept() throws Exception {
    Datasource db = one(Conf.options("fake:one"));
    driver.refused.put("q", "no such table");
    assertThatThrownBy(() -> db.query(query("q")))
        .isInstanceOf(DatasourceException.class)
        .hasMessageContaining("no such table");
    CompletableFuture<Rows> later = db.ask(query("q")).toCompletableFuture();
    scheduler.run();
    assertThatThrownBy(later::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(DatasourceException.class)
        .hasMessageContaining("no such table");
    driver.refused.clear();
    assertThat(db.query(query("q")).first()).contains("one");
    assertThat(driver.opened).hasValue(1);
  }

  @Test
  void uris_are_asked_in_turn_and_a_dead_one_is_tried_later() throws Exception {
    Datasource db = one(Conf.cache(Conf.options("fake:one", "fake:two"), 1000, 60, true));
    for (int i = 0; i < 4; i++) {
      db.query(query("q" + i));
    }
    assertThat(driver.log).containsExactly("one q0", "two q1", "one q2", "two q3");
    driver.log.clear();
    driver.dead.add("two");
    driver.broken.add("two");
    for (int i = 0; i < 4; i++) {
      assertThat(db.query(query("q" + i)).first()).contains("one");
    }
    driver.log.clear();
    driver.dead.clear();
    db.query(query("q"));
    db.query(query("q"));
    assertThat(driver.log).as("still left out").containsOnly("one q");
    pass(Duration.ofSeconds(6));
    db.query(query("q"));
    db.query(query("q"));
    assertThat(driver.log).contains("two q");
  }

  @Test
  void where_all_are_dead_the_answer_comes_at_once_until_they_are_tried_again() throws Exception {
    Datasource db = one(Conf.options("fake:one"));
    driver.dead.add("one");
    assertThatThrownBy(() -> db.query(query("q"))).hasMessageContaining("one is down");
    driver.dead.clear();
    assertThatThrownBy(() -> db.query(query("q")))
        .hasMessage("datasource db: none of its URIs answers: one is down");
    pass(Duration.ofSeconds(6));
    assertThat(db.query(query("q")).first()).contains("one");
    assertThat(db.query(query("r")).first()).contains("one");
  }

  @Test
  void a_query_is_repeated_where_a_connection_was_lost_a_statement_is_not() throws Exception {
    Datasource db = one(Conf.options("fake:one"));
    db.query(query("a"));
    driver.broken.add("one");
    assertThat(db.query(query("b")).first()).contains("one");
    assertThat(driver.log).containsExactly("one a", "one b", "one b");
    assertThat(driver.opened).hasValue(2);
    assertThat(driver.closed).hasValue(1);
    assertThat(db.execute(query("c"))).isEqualTo(1);
    driver.broken.add("one");
    assertThatThrownBy(() -> db.execute(query("d"))).hasMessageContaining("broke off");
    assertThat(driver.log).filteredOn(line -> line.endsWith("d")).hasSize(1);
  }

  @Test
  void a_statement_goes_past_the_cache() throws Exception {
    Datasource db = one(Conf.options("fake:one"));
    db.execute(query("s"));
    db.execute(query("s"));
    assertThat(driver.asked).hasValue(2);
  }

  @Test
  void what_was_asked_before_a_flush_is_not_kept() throws Exception {
    Datasource db = one(Conf.options("fake:one"));
    CountDownLatch gate = new CountDownLatch(1);
    driver.gate = gate;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      int phase = driver.arrived.getPhase();
      Future<Rows> first = threads.submit(() -> db.query(query("q")));
      driver.arrived.awaitAdvance(phase);
      assertThat(db.flush()).isZero();
      gate.countDown();
      first.get();
    }
    assertThat(db.cached(query("q"))).isEmpty();
  }

  @Test
  void connections_have_a_bound() throws Exception {
    Datasource db = one(Conf.with(Conf.options("fake:one"), 100, "IO", true, 1));
    CountDownLatch gate = new CountDownLatch(1);
    driver.gate = gate;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      int phase = driver.arrived.getPhase();
      Future<Rows> first = threads.submit(() -> db.query(query("a")));
      driver.arrived.awaitAdvance(phase);
      assertThatThrownBy(() -> db.query(query("b")))
          .hasMessageContaining("all 1 connections are busy (max_connections)");
      gate.countDown();
      first.get();
    }
    assertThat(db.query(query("b")).first()).contains("one");
    assertThat(driver.opened).hasValue(1);
  }

  @Test
  void options_change_while_it_works() throws Exception {
    DsCore core = core(Conf.EMPTY.and("db", Conf.options("fake:one")));
    Datasource db = core.find("db").orElseThrow();
    db.query(query("q"));
    reload(core, Conf.EMPTY.and("db", Conf.cache(Conf.options("fake:one"), 1000, 10, false)));
    assertThat(db.cached(query("q"))).as("the cache stays").isPresent();
    pass(Duration.ofSeconds(11));
    assertThat(db.cached(query("q"))).as("cache_life counts at once").isEmpty();
    assertThat(driver.closed).hasValue(0);
    db.query(query("q"));
    reload(core, Conf.EMPTY.and("db", Conf.options("fake:two")));
    assertThat(db.cached(query("q"))).as("another source").isEmpty();
    assertThat(db.query(query("q")).first()).contains("two");
    assertThat(driver.closed).hasValue(1);
    reload(core, Conf.EMPTY.and("db", Conf.with(Conf.options("fake:two"), -1, "IO", true, 10)));
    assertThat(db.query(query("q")).first("most")).contains("-1");
    reload(core, Conf.EMPTY);
    assertThat(core.find("db")).isEmpty();
    assertThatThrownBy(() -> db.query(query("r"))).isInstanceOf(DatasourceException.class);
    assertThat(driver.closed.get()).isEqualTo(driver.opened.get());
    assertThat(told).containsExactly("+db", "-db");
  }

  private static void reload(DsCore core, Conf conf) throws ConfigException {
    core.prepare(conf);
    core.commit(conf);
  }

  @Test
  void a_generation_that_is_refused_leaves_nothing() throws Exception {
    Conf old = Conf.EMPTY.and("db", Conf.options("fake:one"));
    DsCore core = core(old);
    Conf next = old.and("more", Conf.options("fake:two"));
    core.prepare(next);
    assertThat(core.find("more")).as("modules that come with it find it").isPresent();
    core.rollback(next);
    assertThat(core.find("more")).isEmpty();
    assertThat(core.find("db")).isPresent();
    assertThat(told).containsExactly("+db");
    core.end();
    assertThat(told).containsExactly("+db", "-db");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | IO | uri is needed",
        "nonsense | IO | found no driver before a colon, expected DRIVER:…",
        "nosuch:host=a;password=secret | IO | found the driver \"nosuch\"",
        "fake:bad | IO | uri: expected fake:name",
        "fake:one | Mine | pool = \"Mine\": expected a pool that is predefined",
      })
  void what_is_wrong_is_refused(String uri, String pool, String expected) {
    DatasourceOptions options =
        uri.isEmpty() ? Conf.options() : Conf.with(Conf.options(uri), 1, pool, true, 1);
    assertThatThrownBy(() -> core(Conf.EMPTY.and("db", options)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("test:1: in datasource \"db\": ")
        .hasMessageContaining(expected)
        .message()
        .doesNotContain("secret");
  }

  @Test
  void queries_of_hooks_run_in_the_pool_of_the_stanza() throws Exception {
    Conf conf =
        new Conf(
            Map.of("db", Conf.with(Conf.options("fake:one"), 1, "Mine", true, 1)), List.of("Mine"));
    Datasource db = core(conf).find("db").orElseThrow();
    CompletableFuture<Rows> later = db.ask(query("q")).toCompletableFuture();
    assertThat(scheduler.pool("Mine").waiting()).isEqualTo(1);
    scheduler.run();
    assertThat(later.join().first()).contains("one");
    assertThat(db.ask(query("q")).toCompletableFuture()).isCompletedWithValue(later.join());
  }

  @Test
  void a_module_that_goes_takes_its_connections_with_it() throws Exception {
    DsCore core = core(Conf.EMPTY.and("db", Conf.options("fake:one")));
    Datasource db = core.find("db").orElseThrow();
    db.query(query("a"));
    core.unbindDriver(driver);
    assertThat(driver.closed).hasValue(1);
    assertThat(db.query(query("a")).first()).as("from the cache").contains("one");
    assertThatThrownBy(() -> db.query(query("b")))
        .hasMessageContaining("the module of the driver is not loaded");
    FakeDriver next = new FakeDriver();
    core.bindDriver(next);
    pass(Duration.ofSeconds(6));
    assertThat(db.query(query("b")).first()).contains("one");
    assertThat(next.opened).hasValue(1);
  }
}
