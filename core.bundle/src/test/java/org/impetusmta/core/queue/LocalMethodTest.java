package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.LocalDelivery;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.junit.jupiter.api.Test;

/** Methods that need no host, and hosts that are not to blame. */
class LocalMethodTest {
  private final QueueFixture t = new QueueFixture();

  /** Takes the mail of one domain, refuses what is for {@code no@} it. */
  private LocalDelivery local() {
    return new LocalDelivery("here", t.scheduler.pool("IO"), 2) {
      @Override
      protected Reply deliver(Message message, Body body) {
        return switch (message.recipient().localpart()) {
          case "no" -> new Reply(550, "5.1.1", "no");
          case "later" -> new Reply(451, "4.2.0", "later");
          case "throws" -> throw new IllegalStateException("as a test wants it");
          default -> new Reply(250, "2.0.0", "here");
        };
      }

      @Override
      public boolean claims(String domain) {
        return domain.equals("here.example");
      }
    };
  }

  @Test
  void aLocalMethodTakesTheMailOfItsDomainsWithoutAHost() {
    t.set("gateway", "");
    t.queues.addMethod(local());
    t.mail("", "a@here.example");
    t.mail("", "no@here.example");
    t.mail("", "later@here.example");
    t.run();
    assertThat(t.method.connections()).isEmpty();
    assertThat(t.events())
        .containsExactlyInAnyOrder("D 127.0.0.1", "P 8 0 550 5.1.1 no", "T 8 0 451 4.2.0 later");
  }

  @Test
  void otherMailGoesItsWay() {
    t.queues.addMethod(local());
    t.mail("", "a@there.example");
    t.run();
    assertThat(t.method.connections()).hasSize(1);
  }

  @Test
  void aFailedWayIsNotTheHosts() {
    t.set("delivery_method", "byway");
    int[] opened = {0};
    t.queues.addMethod(
        new DeliveryMethod() {
          @Override
          public String name() {
            return "byway";
          }

          @Override
          public DeliveryConnection open(Delivery delivery) {
            opened[0]++;
            delivery
                .loop()
                .execute(
                    () -> {
                      delivery.hostIsBlameless();
                      delivery.closed(
                          Stage.NOT_CONNECTED,
                          Optional.of(new Reply(451, "4.4.1", "[internal] proxy is down")));
                    });
            return new DeliveryConnection() {
              @Override
              public void wake() {}

              @Override
              public void quit() {}

              @Override
              public Stage stage() {
                return Stage.NOT_CONNECTED;
              }
            };
          }
        });
    t.mail("", "a@x.example");
    t.mail("", "b@x.example");
    t.run();
    // each costs the message whose turn it is, and the next one is tried at once
    assertThat(opened[0]).isEqualTo(2);
    assertThat(t.events())
        .containsExactly(
            "T 0 0 451 4.4.1 [internal] proxy is down", "T 0 0 451 4.4.1 [internal] proxy is down");
  }
}
