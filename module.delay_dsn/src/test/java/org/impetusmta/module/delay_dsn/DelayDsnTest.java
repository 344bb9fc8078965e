package org.impetusmta.module.delay_dsn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.hook.DelayDsnGenerate;
import org.impetusmta.api.hook.DelayDsnNext;
import org.impetusmta.api.hook.DelayDsnSendNotification;
import org.impetusmta.api.hook.HookPoints;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.queue.QueueWatch;
import org.impetusmta.api.queue.WaitingMessage;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The module over queues, hooks and a clock that the test holds. */
final class DelayDsnTest {
  private static final long START = 1_700_000_000_000L;

  private final ManualClock clock = new ManualClock(START);
  private final TestScheduler scheduler = new TestScheduler(clock, 2);
  private final TestConfiguration configuration = new TestConfiguration();
  private final List<Waiting> mail = new ArrayList<>();
  private final Map<Class<?>, Object> hooks = new HashMap<>();
  private final List<String> printed = new ArrayList<>();
  private int walks;
  private boolean busy;
  private boolean remembers = true;
  private final DelayDsn module;

  DelayDsnTest() {
    module = new DelayDsn("delay_dsn1", new FakeWatch(), scheduler, new FakeHooks(), configuration);
  }

  @BeforeEach
  void on() {
    configuration.set("generate_delay_dsn", "true");
  }

  /** A message that waits. */
  private final class Waiting implements WaitingMessage {
    private final Address sender;
    private final String domain;
    private final long received = clock.millis();
    private final List<Long> sentAfterMinutes = new ArrayList<>();
    private int warnings;
    private Optional<Instant> last = Optional.empty();

    Waiting(String sender, String domain) {
      this.sender = sender.isEmpty() ? Address.NULL : Address.of(sender);
      this.domain = domain;
      mail.add(this);
    }

    @Override
    public Message message() {
      return (Message)
          Proxy.newProxyInstance(
              Message.class.getClassLoader(),
              new Class<?>[] {Message.class},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "id" -> MessageId.of(mail.indexOf(this), 1, 2);
                    case "sender" -> sender;
                    case "recipient" -> Address.of("b@" + domain);
                    case "receivedMillis" -> received;
                    default -> throw new IllegalStateException(method.getName());
                  });
    }

    @Override
    public boolean delayed() {
      return true;
    }

    @Override
    public Instant nextAttempt() {
      return Instant.EPOCH;
    }

    @Override
    public int warnings() {
      return warnings;
    }

    @Override
    public Optional<Instant> lastWarning() {
      return last;
    }

    @Override
    public boolean warnSender(int number) {
      if (busy) {
        return false;
      }
      warned(number);
      sentAfterMinutes.add((clock.millis() - received) / 60_000);
      return true;
    }

    @Override
    public boolean warned(int number) {
      assertThat(number).isGreaterThan(warnings);
      warnings = number;
      last = remembers ? Optional.of(clock.instant()) : Optional.empty();
      return true;
    }
  }

  private final class FakeWatch implements QueueWatch {
    @Override
    public <V extends Visitor> CompletableFuture<List<V>> visit(Supplier<V> visitors) {
      V visitor = visitors.get();
      CompletableFuture<List<V>> done = new CompletableFuture<>();
      walks++;
      scheduler
          .loops()
          .getLast()
          .execute(
              () -> {
                for (String domain : mail.stream().map(w -> w.domain).distinct().toList()) {
                  if (visitor.queue(new FakeQueue(domain))) {
                    mail.stream().filter(w -> w.domain.equals(domain)).forEach(visitor::message);
                  }
                }
                done.complete(List.of(visitor));
              });
      return done;
    }
  }

  private final class FakeQueue implements QueueWatch.WatchedQueue {
    private final String domain;

    FakeQueue(String domain) {
      this.domain = domain;
    }

    @Override
    public String bindingGroup() {
      return "default";
    }

    @Override
    public String binding() {
      return "default";
    }

    @Override
    public String domain() {
      return domain;
    }

    @Override
    public int size() {
      return mail.size();
    }

    @Override
    public <T extends Record> T options(Class<T> type) {
      return configuration
          .current()
          .options(
              type, new org.impetusmta.api.config.ScopePath.Sending("default", "default", domain));
    }
  }

  private final class FakeHooks implements HookPoints {
    @Override
    public <T> HookPoint<T> of(Class<T> hook) {
      return new HookPoint<>() {
        @Override
        public boolean isEmpty() {
          return !hooks.containsKey(hook);
        }

        @Override
        public <R> Optional<R> first(Function<? super T, Optional<R>> question) {
          return isEmpty() ? Optional.empty() : question.apply(hook.cast(hooks.get(hook)));
        }
      };
    }
  }

  @Test
  void warningsFollowTheirOwnBackOff() {
    Waiting waiting = new Waiting("a@example.com", "example.org");
    scheduler.advance(Duration.ofHours(40));
    assertThat(waiting.sentAfterMinutes).hasSize(6);
    int[] due = {60, 180, 420, 900, 1620, 2340};
    for (int i = 0; i < due.length; i++) {
      assertThat(waiting.sentAfterMinutes.get(i)).isBetween((long) due[i], due[i] + 1L);
    }
    assertThat(walks).as("one walk a minute").isLessThan(40 * 60 + 10);
  }

  @Test
  void byDefaultNobodyIsWarned() {
    configuration.set("generate_delay_dsn", "false");
    Waiting waiting = new Waiting("a@example.com", "example.org");
    scheduler.advance(Duration.ofHours(40));
    assertThat(waiting.sentAfterMinutes).isEmpty();
  }

  @Test
  void aDomainMayDiffer() {
    configuration.setDomain("foo.com", "generate_delay_dsn", "false");
    configuration.setDomain("bar.com", "delay_dsn_retry_interval", "10800");
    configuration.setDomain("bar.com", "delay_dsn_max_retry_interval", "86400");
    Waiting foo = new Waiting("a@example.com", "foo.com");
    Waiting bar = new Waiting("a@example.com", "bar.com");
    scheduler.advance(Duration.ofHours(22));
    assertThat(foo.sentAfterMinutes).isEmpty();
    assertThat(bar.sentAfterMinutes).hasSize(3);
  }

  @Test
  void theNullSenderIsNever() {
    Waiting waiting = new Waiting("", "example.org");
    scheduler.advance(Duration.ofHours(22));
    assertThat(waiting.warnings).isZero();
  }

  @Test
  void whatWasMissedIsOneWarning() {
    Waiting waiting = new Waiting("a@example.com", "example.org");
    clock.set(START + Duration.ofHours(8).toMillis());
    scheduler.advance(Duration.ofMinutes(2));
    assertThat(waiting.sentAfterMinutes).hasSize(1);
    assertThat(waiting.warnings).isEqualTo(3);
    scheduler.advance(Duration.ofHours(6));
    assertThat(waiting.sentAfterMinutes).hasSize(1);
    scheduler.advance(Duration.ofHours(2));
    assertThat(waiting.sentAfterMinutes).hasSize(2);
  }

  @Test
  void shortIntervalsAreKeptToTheSecond() {
    configuration.set("delay_dsn_retry_interval", "2");
    Waiting waiting = new Waiting("a@example.com", "example.org");
    scheduler.advance(Duration.ofSeconds(4));
    assertThat(waiting.warnings).isEqualTo(1);
    scheduler.advance(Duration.ofSeconds(4));
    assertThat(waiting.warnings).isEqualTo(2);
  }

  @Test
  void mailThatComesLaterIsFoundInTime() {
    configuration.set("delay_dsn_retry_interval", "2");
    scheduler.advance(Duration.ofMinutes(10));
    Waiting waiting = new Waiting("a@example.com", "example.org");
    scheduler.advance(Duration.ofSeconds(5));
    assertThat(waiting.warnings).isEqualTo(1);
  }

  @Test
  void whereTooManyAreDueTheRestWaitsForTheNextWalk() {
    configuration.set("delay_dsn_retry_interval", "10");
    busy = true;
    Waiting waiting = new Waiting("a@example.com", "example.org");
    scheduler.advance(Duration.ofSeconds(20));
    assertThat(waiting.warnings).isZero();
    busy = false;
    scheduler.advance(Duration.ofSeconds(2));
    assertThat(waiting.warnings).isEqualTo(1);
  }

  @Test
  void policyDecidesWhoIsWarned() {
    hooks.put(
        DelayDsnGenerate.class,
        (DelayDsnGenerate)
            message ->
                switch (message.sender().localpart()) {
                  case "yes" -> Optional.of(true);
                  case "no" -> Optional.of(false);
                  default -> Optional.empty();
                });
    configuration.setDomain("off.com", "generate_delay_dsn", "false");
    Waiting no = new Waiting("no@example.com", "on.com");
    Waiting yes = new Waiting("yes@example.com", "off.com");
    Waiting on = new Waiting("a@example.com", "on.com");
    Waiting off = new Waiting("a@example.com", "off.com");
    scheduler.advance(Duration.ofMinutes(70));
    assertThat(List.of(no.warnings, yes.warnings, on.warnings, off.warnings))
        .containsExactly(0, 1, 1, 0);
  }

  @Test
  void policyDecidesWhenAndIsHeardOnceForEachMoment() {
    oneMoment();
  }

  private void oneMoment() {
    Instant moment = clock.instant().plus(Duration.ofMinutes(5));
    hooks.put(DelayDsnNext.class, (DelayDsnNext) (message, now) -> Optional.of(moment));
    Waiting waiting = new Waiting("a@example.com", "example.org");
    scheduler.advance(Duration.ofHours(10));
    assertThat(waiting.sentAfterMinutes)
        .singleElement()
        .satisfies(at -> assertThat(at).isBetween(5L, 6L));
    assertThat(waiting.warnings).isEqualTo(1);
  }

  @Test
  void aMomentIsHeardOnceEvenIfTheMessageDoesNotRememberTheLast() {
    remembers = false;
    oneMoment();
  }

  @Test
  void policySendsItsOwn() {
    List<Address> told = new ArrayList<>();
    hooks.put(
        DelayDsnSendNotification.class,
        (DelayDsnSendNotification) message -> told.add(message.sender()));
    Waiting waiting = new Waiting("a@example.com", "example.org");
    scheduler.advance(Duration.ofHours(4));
    assertThat(told).hasSize(2);
    assertThat(waiting.warnings).isEqualTo(2);
    assertThat(waiting.sentAfterMinutes).isEmpty();
  }

  @Test
  void afterItsEndItLooksNoMore() {
    scheduler.advance(Duration.ofMinutes(2));
    int before = walks;
    assertThat(before).isPositive();
    module.end();
    scheduler.advance(Duration.ofMinutes(5));
    assertThat(walks).isEqualTo(before);
  }

  @Test
  void theConsoleShowsWhatIsToCome() throws Exception {
    configuration.setDomain("foo.com", "generate_delay_dsn", "false");
    new Waiting("a@example.com", "foo.com");
    new Waiting("", "example.org");
    Waiting second = new Waiting("a@example.com", "example.org");
    second.warnings = 1;
    new Waiting("a@example.com", "example.net");
    run("show", "pending", "events");
    assertThat(printed)
        .containsExactly(
            "2023-11-14T23:13:20Z 30/00-00001-20000000 warning 1 to <a@example.com> about"
                + " <b@example.net>",
            "2023-11-15T01:13:20Z 20/00-00001-20000000 warning 2 to <a@example.com> about"
                + " <b@example.org>",
            "2 pending events");
    printed.clear();
    for (int i = 0; i < 1_100; i++) {
      new Waiting("a@example.com", "example.net");
    }
    run("show", "pending", "events");
    assertThat(printed).hasSize(1_002).endsWith("… the soonest 1000", "1102 pending events");
    assertThatThrownBy(() -> run("show"))
        .hasRootCauseInstanceOf(ConsoleException.class)
        .hasRootCauseMessage("usage: delay_dsn:delay_dsn1 help | show pending events");
    assertThat(module.complete(List.of("show", ""))).containsExactly("pending");
  }

  private void run(String... arguments) throws Exception {
    ConsoleInvocation invocation =
        (ConsoleInvocation)
            Proxy.newProxyInstance(
                ConsoleInvocation.class.getClassLoader(),
                new Class<?>[] {ConsoleInvocation.class},
                (proxy, method, given) ->
                    switch (method.getName()) {
                      case "arguments" -> List.of(arguments);
                      case "println" -> printed.add(String.valueOf(given[0]));
                      case "printf" ->
                          printed.add(String.format((String) given[0], (Object[]) given[1]));
                      default -> throw new IllegalStateException(method.getName());
                    });
    scheduler.pump(
        () -> {
          module.run(invocation);
          return true;
        });
  }
}
