package org.impetusmta.core.reception;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.impetusmta.api.hook.DecInboundConnections;
import org.impetusmta.api.hook.IncInboundConnections;
import org.impetusmta.api.hook.PostSmtpCommand;
import org.impetusmta.api.hook.ServerEsmtpSessionAbort;
import org.impetusmta.api.hook.SmtpCommandRefused;
import org.impetusmta.api.hook.ValidateDealloc;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What modules are told of a session without having a say in it. One that fails is logged, the
 * others are told all the same. Concurrent; each session tells on its own loop.
 */
final class SessionNotices {
  private static final Logger LOG = LoggerFactory.getLogger(SessionNotices.class);

  private final HookList<IncInboundConnections> inc;
  private final HookList<DecInboundConnections> dec;
  private final HookList<ServerEsmtpSessionAbort> abort;
  private final HookList<PostSmtpCommand> command;
  private final HookList<ValidateDealloc> dealloc;
  private final HookList<SmtpCommandRefused> refused;

  SessionNotices(Hooks hooks) {
    inc = hooks.list(IncInboundConnections.class);
    dec = hooks.list(DecInboundConnections.class);
    abort = hooks.list(ServerEsmtpSessionAbort.class);
    command = hooks.list(PostSmtpCommand.class);
    dealloc = hooks.list(ValidateDealloc.class);
    refused = hooks.list(SmtpCommandRefused.class);
  }

  /** Whether somebody wants to know at the end that he was asked. */
  boolean remembersAsked() {
    return !dealloc.isEmpty();
  }

  void opened(AcceptConstruct session) {
    tell("inc_inbound_connections", inc, hook -> hook.incInboundConnections(session));
  }

  void aborted(AcceptConstruct session) {
    tell("server_esmtp_session_abort", abort, hook -> hook.serverEsmtpSessionAbort(session));
  }

  void refused(AcceptConstruct session, Reply reply) {
    tell("smtp_command_refused", refused, hook -> hook.smtpCommandRefused(reply, session));
  }

  /** A command line; its array is used again. */
  void command(AcceptConstruct session, byte[] line, int length) {
    if (command.isEmpty()) {
      return;
    }
    ByteBuffer octets = ByteBuffer.wrap(Arrays.copyOf(line, length)).asReadOnlyBuffer();
    tell("post_smtp_command", command, hook -> hook.postSmtpCommand(octets.duplicate(), session));
  }

  /**
   * The session is over.
   *
   * @param wasAsked whether a module had a say in it
   */
  void closed(AcceptConstruct session, Predicate<Object> wasAsked) {
    tell("dec_inbound_connections", dec, hook -> hook.decInboundConnections(session));
    tell(
        "validate_dealloc",
        dealloc,
        hook -> {
          if (wasAsked.test(hook)) {
            hook.validateDealloc(session);
          }
        });
  }

  private static <T> void tell(String what, HookList<T> hooks, Consumer<? super T> notice) {
    for (HookEntry<T> entry : hooks.entries()) {
      if (entry.pool() == null) {
        tell(what, entry, notice);
        continue;
      }
      try {
        entry.pool().execute(() -> tell(what, entry, notice));
      } catch (RejectedExecutionException full) {
        LOG.error("module {} is not told of {}: {}", entry.module(), what, full.toString());
      }
    }
  }

  @SuppressWarnings("CatchingUnchecked") // whatever it is, the session is no worse for it
  private static <T> void tell(String what, HookEntry<T> entry, Consumer<? super T> notice) {
    try {
      notice.accept(entry.hook());
    } catch (Exception | LinkageError | StackOverflowError | AssertionError cause) {
      LOG.error("module {} failed in {}", entry.module(), what, cause);
    }
  }
}
