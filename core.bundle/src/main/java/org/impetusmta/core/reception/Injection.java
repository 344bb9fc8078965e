package org.impetusmta.core.reception;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.hook.MsgGenDataSpool;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;

/**
 * One message that was made here, from its first phase to the queue: msg_gen_data_spool where it
 * was generated, set_binding, final_validation, the spool.
 *
 * <p>Thread-safety: single; owned by its loop.
 */
final class Injection {
  private enum Step {
    GENERATED,
    SET_BINDING,
    FINAL_VALIDATION
  }

  private final InternalSubmission submission;
  private final MailMessage message;
  private final EventLoop loop;
  private final CompletableFuture<MessageId> done;
  private final HookList<MsgGenDataSpool> generated;
  private final PhaseRunner phases;
  private Step step;

  /**
   * @param generated the modules of msg_gen_data_spool; null where the phase is not passed
   */
  Injection(
      InternalSubmission submission,
      MailMessage message,
      EventLoop loop,
      CompletableFuture<MessageId> done,
      @Nullable HookList<MsgGenDataSpool> generated) {
    this.submission = submission;
    this.message = message;
    this.loop = loop;
    this.done = done;
    this.generated = generated == null ? new HookList<>() : generated;
    this.step = generated == null ? Step.SET_BINDING : Step.GENERATED;
    this.phases =
        new PhaseRunner(
            loop, new Context(), new InboundValidation(false, () -> {}), submission.limit(), false);
  }

  /** Phase set_binding of one message. */
  static Question<?> setBinding(ReceptionHooks hooks, MailMessage message) {
    return new Question<>(
        "set_binding",
        hooks.setBinding(),
        hook -> {
          message.bindable(true);
          try {
            return hook.validateSetBinding(message);
          } finally {
            message.bindable(false);
          }
        },
        false);
  }

  /** Phase final_validation of one message, with what comes before and after it. */
  static Question<?>[] finalValidation(ReceptionHooks hooks, MailMessage message) {
    return new Question<?>[] {
      new Question<>(
          "final_validation2", hooks.finalValidation2(), hook -> hook.finalValidation2(message)),
      new Question<>(
          "final_validation", hooks.finalValidation(), hook -> hook.finalValidation(message)),
      Question.telling(
          "post_final_validation",
          hooks.postFinalValidation(),
          hook -> hook.postFinalValidation(message))
    };
  }

  void begin() {
    go();
  }

  private void go() {
    while (true) {
      Decision decision = ask();
      if (decision == null || !settle(decision)) {
        return;
      }
    }
  }

  private void resume(Decision decision) {
    if (settle(decision)) {
      go();
    }
  }

  private @Nullable Decision ask() {
    ReceptionHooks hooks = submission.hooks();
    return switch (step) {
      case GENERATED ->
          ask(
              new Question<>(
                  "msg_gen_data_spool", generated, hook -> hook.msgGenDataSpool(message)));
      case SET_BINDING -> ask(setBinding(hooks, message));
      case FINAL_VALIDATION -> ask(finalValidation(hooks, message));
    };
  }

  private @Nullable Decision ask(Question<?>... stages) {
    return phases.run(true, message.context(), this::resume, stages);
  }

  /** Whether to go on asking. */
  private boolean settle(Decision decision) {
    switch (decision) {
      case Decision.Refused refused -> {
        done.completeExceptionally(new Submission.Refused(refused.reply()));
        return false;
      }
      case Decision.Discarded gone -> {
        done.completeExceptionally(
            new Submission.Refused(
                new Reply(550, "5.7.1", "[internal] discarded by policy: " + gone.reason())));
        return false;
      }
      case Decision.Passed passed -> {
        if (step == Step.SET_BINDING) {
          Optional<Reply> later = submission.queues().bound(message);
          if (later.isPresent()) {
            done.completeExceptionally(new Submission.Refused(later.get()));
            return false;
          }
        }
        if (step == Step.FINAL_VALIDATION) {
          store();
          return false;
        }
        step = step == Step.GENERATED ? Step.SET_BINDING : Step.FINAL_VALIDATION;
        return true;
      }
    }
  }

  private void store() {
    submission
        .spool()
        .store(
            List.of(submission.queues().envelope(message)),
            message.body(),
            loop,
            new Spool.StoreListener() {
              @Override
              public void stored(List<SpoolEntry> entries) {
                message.stored(entries.getFirst());
                submission.received(
                    new LogEvent.Reception(
                        LogEvent.micros(submission.now()),
                        message,
                        message.bindingGroup(),
                        message.binding()));
                submission.queues().enqueue(message);
                done.complete(message.id());
              }

              @Override
              public void failed(IOException cause) {
                done.completeExceptionally(cause);
              }
            });
  }
}
