package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.BindingGroupChooseBinding;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.impetusmta.testkit.queue.MemorySpool;
import org.junit.jupiter.api.Test;

/** Which binding mail gets, and what becomes of it where that has no address. */
class BindingsTest {
  private QueueFixture t = new QueueFixture();

  /** Starts over: the source address of the default binding is read at the start. */
  private void bindAddress(String address) {
    t = new QueueFixture(new MemorySpool(), true, Map.of("bind_address", address));
  }

  private void group() {
    t.configuration.binding("g", "one").binding("g", "two").binding("g", "three");
    t.configuration.binding("", "alone");
    t.set("max_retries", "auto");
  }

  private MailMessage bound(String group, String binding) {
    MailMessage message = t.message("a@example.com", "b@example.org", "Subject: x\r\n\r\n");
    message.bindable(true);
    message.setBinding(group, binding);
    message.bindable(false);
    assertThat(t.queues.bound(message)).isEmpty();
    return message;
  }

  private Map<String, Long> choices() {
    return IntStream.range(0, 600)
        .mapToObj(i -> bound("g", "").binding())
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  @Test
  void everyMemberOfAGroupIsChosenAlikeButThoseThatAreSuspended() {
    group();
    assertThat(choices()).containsOnlyKeys("one", "two", "three");
    assertThat(choices().values()).allMatch(count -> count > 100);
    t.configuration.set(
        "suspend_delivery",
        "true",
        path -> path instanceof ScopePath.Sending to && !to.binding().equals("two"));
    assertThat(choices()).containsOnlyKeys("two");
    t.set("suspend_delivery", "true");
    assertThat(choices()).containsOnlyKeys("one", "two", "three");
  }

  @Test
  void policyMayChooseTheMember() {
    group();
    t.hooks.add(BindingGroupChooseBinding.class, (message, group) -> Optional.of("three"));
    assertThat(choices()).containsOnlyKeys("three");
    t.hooks.add(BindingGroupChooseBinding.class, (message, group) -> Optional.of("alone"));
    assertThat(choices()).containsOnlyKeys("one", "two", "three");
  }

  @Test
  void aBindingBringsItsGroupAndOneThatIsUnknownIsTheDefault() {
    group();
    assertThat(bound("default", "two").bindingGroup()).isEqualTo("g");
    assertThat(bound("", "alone").bindingGroup()).isEqualTo("default");
    assertThat(bound("g", "gone").binding()).isEqualTo("default");
    assertThat(bound("nowhere", "").binding()).isEqualTo("default");
    assertThat(bound("nowhere", "").bindingGroup()).isEqualTo("default");
  }

  @Test
  void mailOfABindingThatIsConfiguredNoMoreGoesOutByTheDefault() {
    group();
    t.set("suspend_delivery", "true");
    t.store(bound("g", "two"));
    t.run();
    QueueFixture later = new QueueFixture(t.spool, true);
    later.queues.spoolIn();
    later.run();
    assertThat(later.queues.queues()).isNotEmpty().allMatch(q -> q.binding().equals("default"));
    later.assertEmpty();
  }

  @Test
  void mailWithoutABindingIsRefusedForNowOrHeld() {
    t.set("default_binding", "none");
    MailMessage message = t.message("a@example.com", "b@example.org", "Subject: x\r\n\r\n");
    assertThat(t.queues.bound(message).map(Reply::code)).contains(451);
    t.set("default_binding", "suspended");
    assertThat(t.queues.bound(message)).isEmpty();
    t.store(message);
    t.run();
    assertThat(t.method.connections()).isEmpty();
    t.set("default_binding", "normal");
    t.assertEmpty();
  }

  @Test
  void mailOfABindingWithoutItsAddressWaitsAndIsDelayedInTheEnd() {
    bindAddress("192.0.2.77");
    t.set("connect_timeout_to_delay", "300");
    t.mail("a@example.com", "b@example.org");
    t.run();
    t.advance(Duration.ofSeconds(240));
    assertThat(t.method.connections()).isEmpty();
    assertThat(t.events()).isEmpty();
    t.advance(Duration.ofSeconds(120));
    assertThat(t.events())
        .containsExactly("T 0 0 451 4.4.1 [internal] source address of the binding cannot be used");
    assertThat(t.queue("example.org").delayedSize()).isEqualTo(1);
    assertThat(t.queue("example.org").activeSize()).isZero();
  }

  @Test
  void anAddressThatCannotBeBoundIsNoFailureOfTheHost() {
    bindAddress("127.0.0.9");
    boolean[] bindable = new boolean[1];
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> connect(FakeConnection connection) {
            assertThat(connection.delivery().sourceAddress().map(Object::toString))
                .contains("/127.0.0.9");
            if (bindable[0]) {
              return Optional.empty();
            }
            connection.delivery().sourceUnavailable();
            return Optional.of(new Reply(451, "4.4.1", "[internal] cannot bind"));
          }
        });
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.method.connections()).hasSize(1);
    assertThat(t.events()).isEmpty();
    assertThat(t.method.last().delivery().address().getAddress()).isNotNull();
    bindable[0] = true;
    t.advance(Duration.ofSeconds(59));
    assertThat(t.method.connections()).hasSize(1);
    t.advance(Duration.ofSeconds(20));
    assertThat(t.method.connections()).hasSize(2);
    t.assertEmpty();
  }

  @Test
  void hostsOfAFamilyWithoutASourceAddressAreNotTried() {
    bindAddress("::1");
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.method.connections()).isEmpty();
    assertThat(t.events())
        .containsExactly("T 0 0 451 4.4.1 [internal] source address of the binding cannot be used");
  }
}
