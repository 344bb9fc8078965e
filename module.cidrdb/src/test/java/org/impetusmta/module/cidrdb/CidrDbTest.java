package org.impetusmta.module.cidrdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.cidr.CidrDefinition;
import org.impetusmta.api.cidr.CidrLists;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.datasource.StandInDatasource;
import org.impetusmta.testkit.datasource.StandInDatasources;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CidrDbTest {
  @TempDir Path folder;

  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_000_000), 1);
  private final CidrDb db = new CidrDb(new FileWrappers(), scheduler);

  private static CidrDefinition file(Path file, Duration refresh) {
    return new CidrDefinition(
        new CidrDefinition.Rbldnsd(file.toString(), false), refresh, false, Optional.empty());
  }

  private String query(String name, String address) {
    return db.query(name, InetAddress.ofLiteral(address)).orElse("-");
  }

  @Test
  void a_list_answers_when_it_was_read_and_goes_on_while_it_is_read_anew() throws Exception {
    Path file = Files.writeString(folder.resolve("list"), "192.0.2.1:3\n");
    db.define("l", file(file, Duration.ZERO));
    assertThatThrownBy(() -> query("l", "192.0.2.1")).isInstanceOf(IllegalStateException.class);
    scheduler.run();
    assertThat(query("l", "192.0.2.1")).isEqualTo("127.0.0.3");
    assertThat(db.contains("l", InetAddress.ofLiteral("192.0.2.2"))).isFalse();

    Files.writeString(file, "192.0.2.2\n");
    CompletableFuture<Void> first = db.reload("l");
    CompletableFuture<Void> second = db.reload("l");
    assertThat(query("l", "192.0.2.1")).isEqualTo("127.0.0.3");
    assertThat(first).isNotSameAs(second);
    scheduler.run();
    assertThat(first).isCompleted();
    assertThat(second).isCompleted();
    assertThat(query("l", "192.0.2.1")).isEqualTo("-");
  }

  @Test
  void a_list_that_cannot_be_read_keeps_what_it_had() throws Exception {
    Path file = Files.writeString(folder.resolve("list"), "192.0.2.1\n");
    db.define("l", file(file, Duration.ZERO));
    scheduler.run();
    Files.delete(file);
    CompletableFuture<Void> failing = db.reload("l");
    scheduler.run();
    assertThat(failing).isCompletedExceptionally();
    assertThat(query("l", "192.0.2.1")).isEqualTo("127.0.0.2");
    assertThat(db.lists().getFirst().failure().orElseThrow()).contains("list");
    assertThat(db.lists().getFirst().entries()).isEqualTo(1);
  }

  @Test
  void a_list_is_read_anew_in_its_time() throws Exception {
    Path file = Files.writeString(folder.resolve("list"), "192.0.2.1\n");
    db.define("l", file(file, Duration.ofSeconds(1800)));
    scheduler.run();
    scheduler.advance(Duration.ofSeconds(600));
    assertThat(db.lists())
        .containsExactly(
            new CidrLists.Status("l", 1, 1800, OptionalLong.of(1200), Optional.empty()));
    Files.writeString(file, "192.0.2.1:9\n");
    scheduler.advance(Duration.ofSeconds(1201));
    assertThat(query("l", "192.0.2.1")).isEqualTo("127.0.0.9");
  }

  @Test
  void rows_of_a_datasource_are_blocks() {
    StandInDatasources sources = new StandInDatasources();
    StandInDatasource source = sources.add("pg");
    source.answers(
        "SELECT cidr, worth FROM t",
        new Rows(
            List.of("cidr", "worth"),
            List.of(
                List.of("10.0.0.0/8", "a"),
                List.of("!10.1.0.0/16", ""),
                List.of("2001:db8::/32", "see $"),
                Arrays.asList(null, "x"),
                List.of("nonsense", "x"))));
    CidrDefinition values =
        new CidrDefinition(
            new CidrDefinition.FromDatasource(
                "pg", "SELECT cidr, worth FROM t", Optional.empty(), Optional.of("worth")),
            Duration.ZERO,
            true,
            Optional.of("127.0.0.0"));
    db.define("v", values);
    scheduler.run();
    assertThat(db.lists().getFirst().failure()).contains("there is no Datasource \"pg\"");
    db.setDatasources(sources);
    scheduler.run();
    assertThat(query("v", "10.2.2.2")).isEqualTo("a");
    assertThat(query("v", "10.1.2.2")).isEqualTo("127.0.0.0");
    assertThat(query("v", "2001:db8::1")).isEqualTo("see 2001:db8:0:0:0:0:0:1");
    db.define(
        "b",
        new CidrDefinition(
            new CidrDefinition.FromDatasource(
                "pg", "SELECT cidr, worth FROM t", Optional.of("1"), Optional.empty()),
            Duration.ZERO,
            false,
            Optional.empty()));
    scheduler.run();
    assertThat(query("b", "10.2.2.2")).isEqualTo("true");

    source.fail("gone");
    CompletableFuture<Void> failing = db.reload("v");
    scheduler.run();
    assertThat(failing).isCompletedExceptionally();
    assertThat(query("v", "10.2.2.2")).isEqualTo("a");
  }

  @Test
  void a_list_without_a_source_is_filled_block_by_block() {
    db.define(
        "e",
        new CidrDefinition(new CidrDefinition.Empty(), Duration.ZERO, false, Optional.empty()));
    assertThat(query("e", "192.0.2.1")).isEqualTo("-");
    db.put("e", Cidr.parse("192.0.2.0/24"), "x");
    assertThat(query("e", "192.0.2.1")).isEqualTo("x");
  }

  @Test
  void lists_of_the_configuration_come_and_go_with_it() throws Exception {
    Path file = Files.writeString(folder.resolve("list"), "192.0.2.1\n");
    db.configure(Map.of("c", file(file, Duration.ZERO)));
    db.define("scripted", file(file, Duration.ZERO));
    scheduler.run();
    assertThatThrownBy(() -> db.define("c", file(file, Duration.ZERO)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the configuration defines the list c");
    db.configure(Map.of());
    assertThat(db.lists()).extracting(CidrLists.Status::name).containsExactly("scripted");
    assertThatThrownBy(() -> query("c", "192.0.2.1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no list c");
  }

  @Test
  void a_list_needs_what_its_type_asks_for() {
    ListOptions none =
        new ListOptions(
            ListOptions.Type.RBLDNSD,
            Optional.empty(),
            ListOptions.Value.A,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Duration.ZERO,
            false,
            Optional.empty());
    assertThatThrownBy(() -> none.definition("f:1: in cidrdb::cidr \"l\""))
        .isInstanceOf(ConfigException.class)
        .hasMessage("f:1: in cidrdb::cidr \"l\": expected source");
  }
}
