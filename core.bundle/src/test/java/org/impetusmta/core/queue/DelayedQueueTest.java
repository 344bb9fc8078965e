package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The heap beside a sorted list. */
class DelayedQueueTest {
  private final QueueFixture t = new QueueFixture();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreesWithASortedList(int seed) {
    Random random = new Random(seed);
    DelayedQueue queue = new DelayedQueue();
    List<MailMessage> model = new ArrayList<>();
    Comparator<MailMessage> order =
        Comparator.comparingLong(MailMessage::nextAttemptMillis)
            .thenComparingLong(MailMessage::receivedMillis);
    for (int step = 0; step < 2000; step++) {
      int dice = random.nextInt(10);
      if (dice < (step < 1000 ? 7 : 2)) {
        t.clock.set(t.clock.millis() + 1);
        MailMessage message = t.message("", "b@example.org", "\r\n");
        message.delayed(new AttemptState(1, random.nextInt(50), ""));
        queue.add(message);
        model.add(message);
      } else if (dice < 9) {
        model.sort(order);
        MailMessage expected = model.isEmpty() ? null : model.removeFirst();
        assertThat(queue.poll()).isSameAs(expected);
      } else if (!model.isEmpty()) {
        MailMessage any = model.remove(random.nextInt(model.size()));
        assertThat(queue.remove(m -> m == any)).isSameAs(any);
        assertThat(queue.remove(m -> m == any)).isNull();
      }
      assertThat(queue.size()).isEqualTo(model.size());
      assertThat(queue.firstDue())
          .isEqualTo(
              model.stream()
                  .mapToLong(MailMessage::nextAttemptMillis)
                  .min()
                  .orElse(Long.MAX_VALUE));
    }
  }
}
