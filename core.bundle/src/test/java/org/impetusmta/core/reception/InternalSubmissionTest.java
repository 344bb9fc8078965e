package org.impetusmta.core.reception;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.impetusmta.api.hook.FinalValidation;
import org.impetusmta.api.hook.FinalValidation2;
import org.impetusmta.api.hook.MsgGenDataSpool;
import org.impetusmta.api.hook.PostFinalValidation;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.queue.MailQueues;
import org.impetusmta.core.queue.Memory;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;
import org.impetusmta.testkit.smtp.MemorySpool;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.junit.jupiter.api.Test;

/** The phases of mail that is made here. */
class InternalSubmissionTest {
  private static final Address SENDER = Address.of("postmaster@example.net");
  private static final Address RECIPIENT = Address.of("bob@example.com");
  private static final Body BODY =
      Body.of("Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

  private final ManualClock clock = new ManualClock(1_000);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final MemorySpool spool = new MemorySpool();
  private final RecordingEventLog log = new RecordingEventLog();
  private final Counters counters = new Counters();
  private final List<String> asked = new ArrayList<>();
  private final List<MailMessage> queued = new ArrayList<>();
  private final Map<Class<?>, HookList<?>> lists = new HashMap<>();
  private final Hooks hooks =
      new Hooks() {
        @Override
        @SuppressWarnings("unchecked") // made for that class
        public <T> HookList<T> list(Class<T> hook) {
          return (HookList<T>) lists.computeIfAbsent(hook, _ -> new HookList<T>());
        }
      };
  private final InternalSubmission submission =
      new InternalSubmission(
          new TestConfiguration(),
          new Queues(),
          spool,
          scheduler,
          new MessageIds(clock, 4711),
          counters,
          log,
          hooks);

  private final class Queues implements MailQueues {
    @Override
    public void enqueue(MailMessage message) {
      queued.add(message);
    }

    @Override
    public Optional<Reply> bound(MailMessage message) {
      return Optional.empty();
    }

    @Override
    public Envelope envelope(MailMessage message) {
      return message.envelope();
    }

    @Override
    public Memory memory() {
      return new Memory(1, () -> {});
    }

    @Override
    public Optional<MailMessage> notification(MailMessage failed, Reply reply) {
      return Optional.empty();
    }

    @Override
    public CompletableFuture<Spool.Recovery> spoolIn() {
      return CompletableFuture.completedFuture(new Spool.Recovery(0, 0));
    }

    @Override
    public void stop(Duration atMost) {}
  }

  private <T> void module(Class<T> type, T hook) {
    hooks.list(type).replace(List.of(new HookEntry<>(hook, "module", "__bypass_module", null)));
  }

  private Verdict asked(String phase) {
    asked.add(phase);
    return Verdict.CONTINUE;
  }

  private void everyPhase() {
    module(MsgGenDataSpool.class, _ -> asked("msg_gen_data_spool"));
    module(ValidateSetBinding.class, _ -> asked("set_binding"));
    module(FinalValidation2.class, _ -> asked("final_validation2"));
    module(FinalValidation.class, _ -> asked("final_validation"));
    module(PostFinalValidation.class, _ -> asked.add("post_final_validation"));
  }

  private CompletableFuture<MessageId> submit() {
    CompletableFuture<MessageId> done =
        submission.submit(SENDER, RECIPIENT, BODY, Map.of("key", "value"));
    scheduler.run();
    return done;
  }

  @Test
  void mail_that_a_module_writes_is_bound_and_signed() throws Exception {
    everyPhase();
    MessageId id = submit().get();
    assertThat(asked)
        .containsExactly(
            "set_binding", "final_validation2", "final_validation", "post_final_validation");
    assertThat(spool.kept()).hasSize(1);
    assertThat(spool.kept().getFirst().envelope().id()).isEqualTo(id);
    assertThat(spool.kept().getFirst().envelope().messageContext()).containsEntry("key", "value");
    assertThat(queued).hasSize(1);
    assertThat(log.events()).hasSize(1);
  }

  @Test
  void generated_mail_passes_a_phase_more_which_may_edit_it() {
    everyPhase();
    module(
        MsgGenDataSpool.class,
        message -> {
          message.setBody(message.body().prepend("X: y\r\n".getBytes(StandardCharsets.US_ASCII)));
          return asked("msg_gen_data_spool");
        });
    submission.generate(SENDER, RECIPIENT, BODY, Map.of());
    scheduler.run();
    assertThat(asked).hasSize(5).startsWith("msg_gen_data_spool");
    assertThat(spool.kept().getFirst().body().header("X")).contains("y");
  }

  @Test
  void what_policy_refuses_is_not_stored() {
    module(FinalValidation2.class, _ -> Verdict.refuse(451, "4.7.5", "no key"));
    CompletableFuture<MessageId> done = submit();
    assertThatThrownBy(done::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            Submission.Refused.class,
            refused -> assertThat(refused.reply()).isEqualTo(new Reply(451, "4.7.5", "no key")));
    assertThat(spool.kept()).isEmpty();
    assertThat(queued).isEmpty();
  }

  @Test
  void a_module_that_throws_in_a_phase_passes_nothing() {
    module(
        ValidateSetBinding.class,
        _ -> {
          throw new IllegalStateException("broken");
        });
    CompletableFuture<MessageId> done = submit();
    assertThatThrownBy(done::get).hasCauseInstanceOf(Submission.Refused.class);
    assertThat(spool.kept()).isEmpty();
  }

  @Test
  void a_signer_may_answer_later_but_not_never() {
    CompletableFuture<Verdict> promise = new CompletableFuture<>();
    module(FinalValidation.class, _ -> Verdict.suspend(promise));
    CompletableFuture<MessageId> done = submit();
    assertThat(done).isNotDone();
    promise.complete(Verdict.CONTINUE);
    scheduler.run();
    assertThat(done).isCompleted();
    module(FinalValidation.class, _ -> Verdict.suspend(new CompletableFuture<>()));
    CompletableFuture<MessageId> never = submit();
    scheduler.advance(Duration.ofSeconds(299));
    assertThat(never).isNotDone();
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(never).isCompletedExceptionally();
    assertThat(spool.kept()).hasSize(1);
  }

  @Test
  void what_is_dropped_is_told() {
    module(MsgGenDataSpool.class, _ -> new Verdict.Discard("unwanted"));
    CompletableFuture<MessageId> done = submission.generate(SENDER, RECIPIENT, BODY, Map.of());
    scheduler.run();
    assertThatThrownBy(done::get).hasCauseInstanceOf(Submission.Refused.class);
    assertThat(spool.kept()).isEmpty();
  }
}
