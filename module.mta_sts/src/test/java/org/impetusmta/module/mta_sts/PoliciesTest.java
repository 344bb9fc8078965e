package org.impetusmta.module.mta_sts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.module.mta_sts.Policies.Decision;
import org.impetusmta.module.mta_sts.StsPolicy.Mode;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a policy is looked for, fetched, kept and given up, under a clock that the test holds. */
final class PoliciesTest {
  private static final String DOMAIN = "example.com";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private final ManualClock clock = new ManualClock(1_700_000_000_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final Map<String, DnsAnswer> zone = new HashMap<>();
  private final List<String> lookups = new ArrayList<>();
  private final List<String> fetches = new ArrayList<>();
  private PolicySource.Fetched published =
      PolicySource.Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, "status 404");

  private Policies policies() {
    Dns dns =
        new Dns() {
          @Override
          public CompletableFuture<DnsAnswer> lookup(String name, int type) {
            lookups.add(name + " " + type);
            return CompletableFuture.completedFuture(
                zone.getOrDefault(
                    name,
                    new DnsAnswer(
                        DnsAnswer.Status.NO_SUCH_DOMAIN,
                        List.of(),
                        false,
                        clock.millis() + 60_000)));
          }

          @Override
          public CompletableFuture<DnsAnswer> validated(String name, int type) {
            throw new IllegalStateException("a TXT record of MTA-STS needs no DNSSEC");
          }
        };
    return new Policies(
        dns,
        domain -> {
          fetches.add(domain);
          return CompletableFuture.completedFuture(published);
        },
        new PolicyStore(folder, 10),
        scheduler.pool("IO"),
        clock);
  }

  private void record(String id, String... aliases) {
    zone.put(
        "_mta-sts." + DOMAIN,
        new DnsAnswer(
            DnsAnswer.Status.FOUND,
            List.<ByteBuffer>of(StsPolicyTest.txt("v=STSv1; id=" + id)),
            false,
            clock.millis() + 300_000,
            List.of(aliases)));
  }

  private void policy(Mode mode, long maxAge) throws Exception {
    published =
        PolicySource.Fetched.of(
            StsPolicy.parse(
                "version: STSv1\nmode: %s\nmx: mx.example.com\nmax_age: %d"
                    .formatted(mode.word(), maxAge)));
  }

  private Decision find(Policies policies) throws Exception {
    CompletableFuture<Decision> answer = policies.find(DOMAIN, 5);
    scheduler.run();
    return answer.get();
  }

  private Optional<Mode> mode(Policies policies) throws Exception {
    return find(policies).kept().map(kept -> kept.policy().mode());
  }

  @Test
  void withoutARecordNothingIsFetched() throws Exception {
    Policies policies = policies();
    assertThat(mode(policies)).isEmpty();
    assertThat(mode(policies)).isEmpty();
    assertThat(fetches).isEmpty();
    assertThat(lookups).as("kept for as long as the DNS says").hasSize(1);
    clock.set(clock.millis() + 61_000);
    assertThat(mode(policies)).isEmpty();
    assertThat(lookups).hasSize(2);
  }

  @Test
  void aPolicyIsFetchedOnceForAllWhoAsk() throws Exception {
    record("1");
    policy(Mode.ENFORCE, 86_400);
    Policies policies = policies();
    CompletableFuture<Decision> first = policies.find(DOMAIN, 5);
    CompletableFuture<Decision> second = policies.find(DOMAIN, 5);
    scheduler.run();
    assertThat(first.get().kept()).isPresent();
    assertThat(second.get()).isEqualTo(first.get());
    assertThat(fetches).hasSize(1);
    assertThat(policies.domains()).containsExactly(DOMAIN);
  }

  @Test
  void aNewIdRollsThePolicyOver() throws Exception {
    record("1");
    policy(Mode.ENFORCE, 86_400);
    Policies policies = policies();
    assertThat(mode(policies)).contains(Mode.ENFORCE);
    policy(Mode.TESTING, 86_400);
    assertThat(mode(policies)).as("the record is known still").contains(Mode.ENFORCE);
    clock.set(clock.millis() + 301_000);
    record("1");
    assertThat(mode(policies)).as("the id is the same").contains(Mode.ENFORCE);
    clock.set(clock.millis() + 301_000);
    record("2");
    assertThat(mode(policies)).contains(Mode.TESTING);
    policy(Mode.NONE, 86_400);
    clock.set(clock.millis() + 301_000);
    record("3");
    assertThat(mode(policies)).contains(Mode.NONE);
    assertThat(fetches).hasSize(3);
  }

  @Test
  void whoSuppressesTheRecordOrThePolicyDoesNotUndoIt() throws Exception {
    record("1");
    policy(Mode.ENFORCE, 3_600);
    Policies policies = policies();
    assertThat(mode(policies)).contains(Mode.ENFORCE);
    clock.set(clock.millis() + 301_000);
    zone.clear();
    assertThat(mode(policies)).as("no record").contains(Mode.ENFORCE);
    clock.set(clock.millis() + 301_000);
    record("2");
    published = PolicySource.Fetched.failed(TlsResult.STS_WEBPKI_INVALID, "");
    Decision kept = find(policies);
    assertThat(kept.kept()).as("no policy under the new id").isPresent();
    assertThat(kept.failure().orElseThrow().result()).isEqualTo(TlsResult.STS_WEBPKI_INVALID);
    clock.set(clock.millis() + 3_600_000);
    record("2");
    assertThat(mode(policies)).as("max_age has passed").isEmpty();
  }

  @Test
  void aFailureIsNotRepeatedAtOnce() throws Exception {
    record("1");
    Policies policies = policies();
    Decision failed = find(policies);
    assertThat(failed.kept()).isEmpty();
    assertThat(failed.failure()).isPresent();
    clock.set(clock.millis() + 299_000);
    record("1");
    assertThat(find(policies).failure()).as("it still holds").isPresent();
    assertThat(fetches).hasSize(1);
    clock.set(clock.millis() + 2_000);
    policy(Mode.ENFORCE, 86_400);
    record("1");
    assertThat(mode(policies)).contains(Mode.ENFORCE);
    assertThat(fetches).hasSize(2);
  }

  @Test
  void aRestartForgetsNothing() throws Exception {
    record("1");
    policy(Mode.ENFORCE, 86_400);
    assertThat(mode(policies())).contains(Mode.ENFORCE);
    zone.clear();
    Policies restarted = policies();
    assertThat(mode(restarted)).contains(Mode.ENFORCE);
    record("1");
    assertThat(mode(policies())).contains(Mode.ENFORCE);
    assertThat(fetches).hasSize(1);
    clock.set(clock.millis() + 86_401_000);
    zone.clear();
    assertThat(mode(policies())).isEmpty();
  }

  @Test
  void aDayOldPolicyIsFetchedAnewBeforeItExpires() throws Exception {
    record("1");
    policy(Mode.ENFORCE, 30 * 86_400);
    Policies policies = policies();
    assertThat(mode(policies)).contains(Mode.ENFORCE);
    clock.set(clock.millis() + Duration.ofHours(25).toMillis());
    policies.lookAfter();
    scheduler.run();
    assertThat(fetches).hasSize(2);
    record("1");
    assertThat(find(policies).kept().orElseThrow().fetchedMillis()).isEqualTo(clock.millis());
    clock.set(clock.millis() + Duration.ofHours(25).toMillis());
    record("1");
    assertThat(mode(policies)).contains(Mode.ENFORCE);
    scheduler.run();
    assertThat(fetches).as("use does it too").hasSize(3);
  }

  @Test
  void aliasesAreFollowedSoFar() throws Exception {
    policy(Mode.ENFORCE, 86_400);
    record("1", "a", "b", "c", "d", "e", "f");
    Policies policies = policies();
    assertThat(mode(policies)).isEmpty();
    clock.set(clock.millis() + 301_000);
    record("1", "a", "b", "c", "d", "e");
    assertThat(mode(policies)).contains(Mode.ENFORCE);
  }

  @Test
  void anOperatorFetchesNow() throws Exception {
    record("1");
    policy(Mode.ENFORCE, 86_400);
    Policies policies = policies();
    find(policies);
    policy(Mode.TESTING, 86_400);
    assertThat(scheduler.pump(() -> policies.refetch(DOMAIN, 5).get()).policy()).isPresent();
    assertThat(mode(policies)).contains(Mode.TESTING);
  }
}
