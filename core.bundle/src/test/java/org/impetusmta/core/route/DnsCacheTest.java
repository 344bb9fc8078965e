package org.impetusmta.core.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.core.route.DnsCache.Answer;
import org.impetusmta.core.route.DnsCache.Question;
import org.impetusmta.testkit.ManualClock;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** What {@code cache stat core:dns} shows. */
final class DnsCacheTest {
  private final ManualClock clock = new ManualClock(1_000_000);
  private final DnsCache cache = new DnsCache(clock);

  private static Question question(String name) throws Exception {
    return new Question(Name.fromString(name, Name.root), Type.A);
  }

  private Function<Question, CompletableFuture<Answer>> answer(long millis) {
    return _ ->
        CompletableFuture.completedFuture(
            new Answer(Status.NO_SUCH_DOMAIN, List.of(), false, clock.millis() + millis));
  }

  @Test
  void figures() throws Exception {
    CompletableFuture<Answer> later = new CompletableFuture<>();
    cache.get(question("a.example"), answer(1_000));
    cache.get(question("a.example"), answer(1_000));
    cache.get(question("b.example"), answer(60_000));
    cache.get(question("c.example"), _ -> later);
    clock.set(clock.millis() + 2_000);
    CacheWatch.Figures now = cache.figures();
    assertThat(now).isEqualTo(new CacheWatch.Figures(DnsCache.MOST, 3, 1, 2, 1, 2, 0, 0, 0, 2.0));
    assertThat(now.loads()).isEqualTo(4);
    assertThat(now.queryRate()).isEqualTo(2);
    cache.get(question("a.example"), answer(60_000));
    cache.forget(question("b.example"));
    assertThat(cache.figures())
        .isEqualTo(new CacheWatch.Figures(DnsCache.MOST, 2, 1, 3, 1, 3, 1, 1, 0, 2.0));
  }
}
