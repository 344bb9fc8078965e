package org.impetusmta.core.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.impetusmta.core.net.ThreadPoolsTest.generation;

import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.scheduler.EventLoop;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoopPoolsTest {
  private static final String TWO_POOLS =
      "EventLoop \"receive\" { Concurrency = 2 }\nEventLoop \"send\" { Concurrency = 3 }\n";

  private @Nullable LoopPools made;

  private LoopPools pools(String text) throws ConfigException {
    LoopPools.check(generation(text));
    LoopPools pools = new LoopPools(generation(text), NioIoHandler.newFactory());
    made = pools;
    return pools;
  }

  @AfterEach
  void stop() {
    if (made != null) {
      made.stop();
    }
  }

  @Test
  void without_a_stanza_there_is_a_loop_for_each_processor() throws Exception {
    LoopPools pools = pools("");
    assertThat(pools.all()).hasSize(Runtime.getRuntime().availableProcessors());
    assertThat(pools.owners()).isEqualTo(pools.all());
  }

  @Test
  void each_stanza_is_a_pool_whose_threads_have_its_name() throws Exception {
    LoopPools pools = pools(TWO_POOLS);
    assertThat(pools.all()).hasSize(5);
    assertThat(pools.all()).extracting(EventLoop::index).containsExactly(0, 1, 2, 3, 4);
    assertThat(pools.of("receive")).isEqualTo(pools.all().subList(0, 2));
    assertThat(pools.of("send")).isEqualTo(pools.all().subList(2, 5));
    assertThat(pools.owners()).as("nothing said: all").hasSize(5);
    for (EventLoop loop : pools.of("send")) {
      CompletableFuture<String> name = new CompletableFuture<>();
      loop.execute(() -> name.complete(Thread.currentThread().getName()));
      assertThat(name.get()).matches("send-[012]");
    }
  }

  @Test
  void a_group_hands_out_its_pool_in_turn() throws Exception {
    LoopPools pools = pools(TWO_POOLS);
    Set<Object> handed = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      handed.add(pools.group("send").next());
    }
    assertThat(handed).isSubsetOf(netty(pools.of("send")));
    Set<Object> all = new HashSet<>();
    var group = pools.group("");
    for (int i = 0; i < 5; i++) {
      all.add(group.next());
    }
    assertThat(all).isEqualTo(netty(pools.all()));
  }

  @Test
  void loops_are_woken_when_all_is_done_and_in_order() throws Exception {
    LoopPools pools = pools(TWO_POOLS);
    EventLoop one = pools.all().getFirst();
    EventLoop other = pools.all().getLast();
    List<Integer> order = new CopyOnWriteArrayList<>();
    CompletableFuture<Void> here = new CompletableFuture<>();
    CompletableFuture<Void> there = new CompletableFuture<>();
    NettyEventLoop.together(
        () -> {
          one.execute(() -> order.add(1));
          NettyEventLoop.together(() -> one.execute(() -> order.add(2)));
          other.execute(() -> there.complete(null));
          one.execute(() -> order.add(3));
          one.execute(() -> here.complete(null));
        });
    here.get(20, TimeUnit.SECONDS);
    there.get(20, TimeUnit.SECONDS);
    assertThat(order).containsExactly(1, 2, 3);
    CompletableFuture<Void> failed = new CompletableFuture<>();
    assertThatThrownBy(
            () ->
                NettyEventLoop.together(
                    () -> {
                      one.execute(() -> failed.complete(null));
                      throw new IllegalStateException("in between");
                    }))
        .hasMessage("in between");
    failed.get(20, TimeUnit.SECONDS);
    CompletableFuture<Void> later = new CompletableFuture<>();
    one.execute(() -> later.complete(null));
    later.get(20, TimeUnit.SECONDS);
  }

  private static Set<Object> netty(List<EventLoop> loops) {
    Set<Object> set = new HashSet<>();
    loops.forEach(loop -> set.add(loop.unwrap(io.netty.channel.EventLoop.class)));
    return set;
  }

  @ParameterizedTest
  @CsvSource({
    "Delivery_Pool = \"send\"",
    "Maintainer_Pool = send",
    "Delivery_Pool = send Maintainer_Pool = send"
  })
  void one_option_or_both_say_who_owns_the_queues(String said) throws Exception {
    LoopPools pools = pools(TWO_POOLS + said);
    assertThat(pools.owners()).isEqualTo(pools.of("send"));
  }

  @Test
  void pools_that_differ_or_are_not_there_are_refused() {
    refused("Delivery_Pool = send\nMaintainer_Pool = receive", "expected the same pool for both");
    refused("Delivery_Pool = sned", "delivery_pool = \"sned\"", "did you mean send?");
    refused("Maintainer_Pool = nothing_like_it", "expected one of receive, send");
    refused(
        "ESMTP_Listener { Event_Loop = recieve }",
        "text:3: in esmtp_listener: event_loop",
        "did you mean receive?");
    refused(
        "ESMTP_Listener { Listen \":25\" { Event_Loop = x } }",
        "in listen \":25\": event_loop = \"x\"");
    refused(
        "ECStream_Listener { Listen \":1825\" { Event_Loop = x } }",
        "in listen \":1825\": event_loop = \"x\"");
    assertThatThrownBy(() -> LoopPools.check(generation("Delivery_Pool = send")))
        .hasMessageContaining("there is no EventLoop stanza");
  }

  private static void refused(String said, String... why) {
    assertThatThrownBy(() -> LoopPools.check(generation(TWO_POOLS + said)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(why);
  }

  @Test
  void what_only_a_restart_brings_is_said() throws Exception {
    LoopPools pools = pools(TWO_POOLS);
    assertThat(pools.waiting(generation(TWO_POOLS))).isEmpty();
    assertThat(pools.waiting(generation("EventLoop \"send\" { }\nEventLoop \"new\" { }")))
        .containsExactly(
            "EventLoop \"new\" is new; it takes effect after a restart",
            "EventLoop \"receive\" is gone; it runs until a restart");
  }

  @Test
  void a_turn_runs_no_more_timers_than_allowed() throws Exception {
    LoopPools pools = pools("EventLoop { Concurrency = 1 }\nMax_Timed_Events_Per_Iter = 3");
    EventLoop loop = pools.all().getFirst();
    SingleThreadEventLoop netty = loop.unwrap(SingleThreadEventLoop.class);
    AtomicInteger turn = new AtomicInteger();
    List<Integer> turns = new ArrayList<>();
    CompletableFuture<List<Integer>> done = new CompletableFuture<>();
    CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
    loop.execute(
        () -> {
          Runnable count =
              new Runnable() {
                @Override
                public void run() {
                  turn.incrementAndGet();
                  if (!done.isDone()) {
                    netty.execute(() -> netty.executeAfterEventLoopIteration(this));
                  }
                }
              };
          netty.executeAfterEventLoopIteration(count);
          List<EventLoop.Timer> timers = new ArrayList<>();
          for (int i = 0; i < 10; i++) {
            int number = i;
            timers.add(
                loop.schedule(
                    () -> {
                      turns.add(turn.get());
                      if (number == 9) {
                        done.complete(turns);
                      }
                    },
                    Duration.ZERO));
          }
          timers.get(8).cancel(); // due in the third turn
          cancelled.complete(true);
        });
    assertThat(cancelled.get()).isTrue();
    List<Integer> ran = done.get();
    assertThat(ran).as("one was cancelled").hasSize(9).isSorted();
    for (int each : ran) {
      assertThat(ran.stream().filter(other -> other == each)).hasSizeLessThanOrEqualTo(3);
    }
  }

  @Test
  void a_way_of_waiting_that_there_is_not_is_refused() throws Exception {
    assertThat(
            generation("Scheduler = \"nio\"")
                .options(LoopOptions.Waiting.class, ScopePath.GLOBAL)
                .scheduler())
        .contains(LoopOptions.Polling.NIO);
    assertThatThrownBy(() -> generation("Scheduler = \"kqueue\""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("text:1")
        .hasMessageContaining("epoll")
        .hasMessageContaining("nio");
  }

  @Test
  void hot_domains_are_dealt_out_one_by_one() throws Exception {
    HotDomains hot =
        new HotDomains(
            generation("Hot_Domains = ( \"A.example\" \"b.example\" \"a.example\" \"c.example\" )"),
            2);
    assertThat(hot.names()).containsExactly("a.example", "b.example", "c.example");
    assertThat(hot.names()).extracting(name -> hot.owner("default", name)).containsExactly(0, 1, 0);
    assertThat(hot.owner("default", "d.example")).isEqualTo(-1);
    for (String binding : List.of("b1", "b2", "b3")) {
      assertThat(hot.owner(binding, "a.example")).isBetween(0, 1);
      assertThat(hot.owner(binding, "b.example")).isNotEqualTo(hot.owner(binding, "a.example"));
    }
    assertThat(new HotDomains(generation(""), 2).names()).contains("gmail.com").hasSize(20);
    assertThat(new HotDomains(generation("Hot_Domains = ( )"), 2).names()).isEmpty();
  }
}
