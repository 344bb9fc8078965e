package org.impetusmta.module.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.Operator;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.datasource.StandInDatasource;
import org.impetusmta.testkit.datasource.StandInDatasources;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The dialogue of modules.sched, on a clock that the test holds. */
final class SchedTest {
  private static final long START = 1_215_702_000L;
  private static final Operator ALICE =
      new Operator(
          "*:2025",
          "192.0.2.1:4",
          () -> "alice",
          true,
          Optional.of(AuthParameters.parse(Map.of("uri", "groups:///etc/roles"))));

  @TempDir Path folder = Path.of("");
  private final ManualClock clock = new ManualClock(START * 1_000);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final StandInDatasources datasources = new StandInDatasources();
  private final Recording console = new Recording();

  /** What was run, by whom. */
  private final class Recording implements Console {
    final List<String> ran = new ArrayList<>();
    int open;

    @Override
    public Session open(String description, Operator operator) {
      open++;
      return new Session() {
        @Override
        public Answer execute(String line) {
          String who = operator.restricted() ? operator.name().get() : "server";
          ran.add("%d %s: %s".formatted(clock.millis() / 1_000 - START, who, line));
          return new Answer(!line.startsWith("fail"), "done\n");
        }

        @Override
        public List<String> complete(String line) {
          return List.of();
        }

        @Override
        public void close() {
          open--;
        }
      };
    }
  }

  private Sched module(Optional<String> file) throws ConfigException {
    return new Sched(file, "example.com", console, datasources, scheduler);
  }

  private static String type(Sched module, String words) throws ConsoleException {
    return type(module, words, Operator.SERVER);
  }

  private static String type(Sched module, String words, Operator operator)
      throws ConsoleException {
    Typed typed = Typed.line(words).by(operator);
    module.run(typed);
    return typed.output();
  }

  private void pass(long seconds) {
    scheduler.advance(Duration.ofSeconds(seconds));
  }

  @Test
  void theManualsExample() throws Exception {
    Sched module = module(Optional.empty());
    for (int i = 1; i < 5; i++) {
      type(module, "in 1 x");
      type(module, "delete example.com-00000000" + i);
    }
    assertThat(type(module, "every 990 config set message_expiration 300"))
        .isEqualTo("Job example.com-000000005 scheduled for 1215702990");
    assertThat(type(module, "list"))
        .isEqualTo(
            """
            JOB ID        \t    NEXT RUN TIME\tREC\tCOMMAND
            example.com-000000005\t1215702990\t y\tconfig set message_expiration 300\
            """);
    pass(2_000);
    assertThat(console.ran)
        .containsExactly(
            "990 server: config set message_expiration 300",
            "1980 server: config set message_expiration 300");
    assertThat(type(module, "list")).contains("\t1215704970\t y\t");
    assertThat(console.open).isZero();
  }

  @Test
  void once() throws Exception {
    Sched module = module(Optional.empty());
    type(module, "in 60 summary");
    type(module, "at " + (START + 30) + " config set Domain \"a b\" x=\"1  2\" --json");
    type(module, "in 0 fail domain x");
    pass(59);
    assertThat(console.ran)
        .containsExactly(
            "0 server: fail domain x", "30 server: config set Domain \"a b\" x=\"1  2\" --json");
    pass(1);
    assertThat(console.ran).last().isEqualTo("60 server: summary");
    assertThat(type(module, "list")).doesNotContain("example.com");
  }

  @Test
  void runsAsWhoeverScheduledIt() throws Exception {
    String file = folder.resolve("jobs").toString();
    Sched before = module(Optional.of(file));
    type(before, "in 5 flush\tdomain x", ALICE);
    before.end();
    module(Optional.of(file));
    pass(5);
    assertThat(console.ran).containsExactly("5 alice: flush\tdomain x");
    Job read = Job.parse(new Job("a-1", 1, 2, Job.Owner.of(ALICE), "x\\\ty\n").line());
    assertThat(read.command()).isEqualTo("x\\\ty\n");
    assertThat(read.owner().operator().roles().flatMap(AuthParameters::uri).map(Object::toString))
        .contains("groups:///etc/roles");
  }

  @Test
  void jobsOutliveTheServer() throws Exception {
    Path file = folder.resolve("jobs");
    Sched before = module(Optional.of(file.toString()));
    type(before, "in 100 once");
    type(before, "every 60 often");
    type(before, "in 5000 late");
    type(before, "in 5000 never");
    type(before, "delete example.com-000000004");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    before.end();
    pass(1_000);
    assertThat(console.ran).isEmpty();
    Sched after = module(Optional.of(file.toString()));
    scheduler.run();
    assertThat(console.ran).containsExactlyInAnyOrder("1000 server: once", "1000 server: often");
    assertThat(type(after, "list")).contains("\t1215703020\t y\toften", "\t n\tlate");
    assertThat(type(after, "in 1 next")).contains("example.com-000000004");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "at",
        "at 5 x",
        "in x y",
        "in -1 x",
        "in 5",
        "in 99999999999 x",
        "every 0 x",
        "delete none",
        "list x",
        "sometimes 3 x"
      })
  void refuses(String words) throws Exception {
    Sched module = module(Optional.empty());
    assertThatThrownBy(() -> type(module, words)).isInstanceOf(ConsoleException.class);
    assertThat(type(module, "list")).doesNotContain("example.com");
  }

  @Test
  void isBounded() throws Exception {
    Sched module = module(Optional.empty());
    for (int i = 0; i < Sched.MOST; i++) {
      type(module, "in 9 x");
    }
    assertThatThrownBy(() -> type(module, "in 9 x")).hasMessageContaining("no more");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SQLite format 3\0", "", "something\n", "impetus-sched 1\nx\ty\n"})
  void leavesOtherFilesAlone(String content) throws Exception {
    Path file = Files.writeString(folder.resolve("other"), content);
    assertThatThrownBy(() -> module(Optional.of(file.toString())))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("backing_store");
    assertThat(Files.readString(file)).isEqualTo(content);
    assertThatThrownBy(() -> module(Optional.of("relative"))).hasMessageContaining("whole path");
  }

  @Test
  void jobs_outlive_the_server_in_a_table() throws Exception {
    StandInDatasource db = datasources.add("jobs");
    Map<String, String> table = new TreeMap<>();
    db.answers("SELECT count(*) FROM sched_jobs", query -> count(table.size()));
    db.answers(
        "SELECT job FROM sched_jobs ORDER BY id",
        query -> StandInDatasource.column("job", table.values().toArray(String[]::new)));
    Sched first = module(Optional.of(":datasource:jobs"));
    type(first, "in 60 summary");
    type(first, "every 60 summary two");
    type(first, "delete example.com-000000001");
    assertThat(db.executed().stream().map(query -> query.text().split(" ")[0]))
        .containsExactly("CREATE", "INSERT", "INSERT", "DELETE");
    Query insert = db.executed().get(2);
    table.put(insert.positional().get(0), insert.positional().get(1));
    pass(61);
    assertThat(db.executed().getLast().text()).startsWith("UPDATE sched_jobs");
    first.end();
    Sched second = module(Optional.of(":datasource:jobs"));
    assertThat(type(second, "list")).contains("example.com-000000002").contains("summary two");
    db.fail("down");
    assertThatThrownBy(() -> type(second, "in 60 summary"))
        .isInstanceOf(ConsoleException.class)
        .hasMessageContaining("the job cannot be kept")
        .hasMessageContaining("down");
    second.end();
    assertThatThrownBy(() -> module(Optional.of(":datasource:jobs")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("down");
    assertThatThrownBy(() -> module(Optional.of(":datasource:none")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("there is no Datasource \"none\" stanza");
  }

  @Test
  void a_table_that_is_cut_short_is_refused() {
    StandInDatasource db = datasources.add("jobs");
    db.answers("SELECT count(*) FROM sched_jobs", query -> count(101));
    assertThatThrownBy(() -> module(Optional.of(":datasource:jobs")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gives 0 of 101 jobs: expected max_rows = -1");
  }

  private static Rows count(int rows) {
    return StandInDatasource.column("count", Integer.toString(rows));
  }
}
