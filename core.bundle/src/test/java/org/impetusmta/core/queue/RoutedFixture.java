package org.impetusmta.core.queue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.hook.DescribeDomain;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.testkit.FakeDns;

/** Queues whose configuration has stanzas and whose hosts a name server on loopback knows. */
final class RoutedFixture implements AutoCloseable {
  final FakeDns dns = new FakeDns();
  final ConfigEngine engine;
  final QueueFixture t;

  RoutedFixture(Path directory, String text) throws IOException, ConfigException {
    engine =
        ShapingTest.engine(
            "gateway = \"\"\nresolv_conf = \"" + dns.resolvConf(directory) + "\"\n" + text);
    t = new QueueFixture(engine);
    engine.addParticipant(t.queues);
  }

  /** What the console shows of domains, where no stanza is known. */
  static DomainDetails details(QueueFixture t) {
    return new DomainDetails(
        domain -> List.of(), t.queues.router(), t.hooks.list(DescribeDomain.class));
  }

  DomainDetails details() {
    return new DomainDetails(
        domain -> engine.view().domains(domain),
        t.queues.router(),
        t.hooks.list(DescribeDomain.class));
  }

  void until(BooleanSupplier done) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              t.run();
              return done.getAsBoolean();
            });
  }

  /** The lookups are made; what can go goes. */
  void settle() {
    until(
        () ->
            t.queues.queues().stream()
                .allMatch(
                    queue ->
                        queue.maintainer().nextHop().lastRoute() != null
                            && !queue.maintainer().nextHop().lookingUp()));
    t.run();
  }

  /** How much went where: {@code domain address}. */
  Map<String, Integer> delivered() {
    Map<String, Integer> by = new TreeMap<>();
    for (LogEvent event : t.log) {
      if (event instanceof LogEvent.Delivery delivery) {
        by.merge(delivery.routingDomain() + " " + delivery.remoteAddress(), 1, Integer::sum);
      }
    }
    return by;
  }

  @Override
  public void close() throws IOException {
    dns.close();
  }
}
