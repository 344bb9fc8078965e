package org.impetusmta.module.reception_timing;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.impetusmta.api.hook.DecInboundConnections;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.LogDetails;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.hook.PostSmtpCommand;
import org.impetusmta.api.hook.ServerEsmtpSessionAbort;
import org.impetusmta.api.hook.ValidateData;
import org.impetusmta.api.hook.ValidateMailfrom;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.timing.ReceptionTimed;
import org.impetusmta.api.timing.ReceptionTiming;
import org.impetusmta.api.timing.ReceptionTiming.Result;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Measures how long receptions take: from the command MAIL FROM, and from the end of the content,
 * to when mail is durable or refused; and tells {@link ReceptionTimed}. Protocols that have no such
 * command begin with the phase mailfrom.
 *
 * <p>Concurrent: sessions write on their loops, results are made on the log thread and told on the
 * first loop. Source: modules.reception_timing.
 */
@Module(
    name = "reception_timing",
    kind = Module.Kind.VALIDATE,
    description = "Measures how long receptions take")
@Component(
    factory = Module.FACTORY + "reception_timing",
    service = {
      PostSmtpCommand.class,
      ValidateMailfrom.class,
      ValidateData.class,
      ServerEsmtpSessionAbort.class,
      DecInboundConnections.class,
      LogReception.class,
      LogRejection.class,
      LogDetails.class,
      LogFlush.class
    })
public final class ReceptionTimes
    implements PostSmtpCommand,
        ValidateMailfrom,
        ValidateData,
        ServerEsmtpSessionAbort,
        DecInboundConnections,
        LogReception,
        LogRejection,
        LogDetails,
        LogFlush {
  /** Where policy leaves the field Message-ID. */
  static final String MESSAGE_ID = "cl_MID";

  private static final long SECOND = 1_000_000L;

  private final Scheduler scheduler;
  private final Supplier<List<ReceptionTimed>> listeners;
  private final Map<MessageId, SessionTimes> sessions = new ConcurrentHashMap<>();

  /** Of the log thread: the newest event since the last flush; 0: none. */
  private volatile long heardMicros;

  @Activate
  public ReceptionTimes(@Reference Scheduler scheduler, @Reference HooksInForce hooks) {
    this(scheduler, hooks.inForce(ReceptionTimed.class));
  }

  ReceptionTimes(Scheduler scheduler, Supplier<List<ReceptionTimed>> listeners) {
    this.scheduler = scheduler;
    this.listeners = listeners;
  }

  private long now() {
    return LogEvent.micros(scheduler.clock().instant());
  }

  private SessionTimes times(AcceptConstruct connection) {
    return sessions.computeIfAbsent(connection.id(), _ -> new SessionTimes(connection));
  }

  // on the session's loop

  @Override
  public void postSmtpCommand(ByteBuffer command, AcceptConstruct connection) {
    if (begins(command, "MAIL")) {
      times(connection).begin(now(), connection.id());
    } else if (begins(command, "DATA") || begins(command, "BDAT")) {
      times(connection).data();
    }
  }

  private static boolean begins(ByteBuffer command, String verb) {
    if (command.remaining() < verb.length()) {
      return false;
    }
    for (int i = 0; i < verb.length(); i++) {
      if ((command.get(command.position() + i) & ~0x20) != verb.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Verdict validateMailfrom(Transaction transaction) {
    AcceptConstruct connection = transaction.connection();
    SessionTimes times = times(connection);
    if (!connection.protocol().equals("esmtp")) {
      times.begin(now(), connection.id());
    }
    times.transaction(transaction);
    return Verdict.CONTINUE;
  }

  @Override
  public Verdict validateData(Message message, AcceptConstruct connection) {
    times(connection).content(now(), message.size(), connection.validation().recipients().size());
    return Verdict.CONTINUE;
  }

  @Override
  public void serverEsmtpSessionAbort(AcceptConstruct connection) {
    SessionTimes times = sessions.get(connection.id());
    if (times == null || !(connection instanceof Reception.InboundSession session)) {
      return;
    }
    ReceptionState state = session.state();
    if (state.compareTo(ReceptionState.SENDING_MAILFROM_RESPONSE) >= 0) {
      long now = now();
      tell(
          times,
          times.at(now),
          Result.DISCONNECTED,
          now,
          pathway(connection.context().get("pathway")),
          connection.id(),
          session
              .transaction()
              .map(Transaction::context)
              .flatMap(context -> context.get(MESSAGE_ID))
              .orElse(""),
          Optional.of(state));
    }
  }

  @Override
  public void decInboundConnections(AcceptConstruct connection) {
    SessionTimes times = sessions.get(connection.id());
    if (times != null) {
      times.closed(now());
    }
  }

  // on the log thread

  @Override
  public boolean dictionaries() {
    return true;
  }

  @Override
  public boolean bodies() {
    return false;
  }

  @Override
  public void logReception(LogEvent.Reception event) {
    heardMicros = event.timeMicros();
    Message message = event.message();
    SessionTimes times = sessions.get(message.connectionId());
    if (times == null) {
      return; // it was not received from a client
    }
    Optional<SessionTimes.Times> transaction = times.of(message.batchId());
    ReceptionTiming timing =
        timing(
            times,
            transaction,
            Result.RECEIVED,
            event.timeMicros(),
            pathway(message.connectionContext().get("pathway")),
            message.batchId(),
            context(message.context()),
            Optional.empty());
    tell(
        new ReceptionTiming(
            timing.result(),
            timing.timeMicros(),
            timing.micros(),
            timing.scanMicros(),
            message.size(),
            timing.source(),
            timing.destination(),
            timing.pathway(),
            message.id(),
            message.batchId(),
            timing.messageId(),
            Optional.empty()),
        1);
  }

  private static String context(Context context) {
    return context.get(MESSAGE_ID).orElse("");
  }

  @Override
  public void logRejection(LogEvent.Rejection event) {
    heardMicros = event.timeMicros();
    SessionTimes times = sessions.get(event.connectionId());
    Optional<SessionTimes.Times> transaction =
        times == null ? Optional.empty() : times.at(event.timeMicros());
    boolean withContent = event.state().compareTo(ReceptionState.READING_BODY) >= 0;
    ReceptionTiming timing =
        new ReceptionTiming(
            Result.REJECTED,
            event.timeMicros(),
            transaction.map(one -> one.elapsed(event.timeMicros())).orElse(0L),
            transaction.map(one -> one.scanned(event.timeMicros())).orElse(0L),
            transaction.map(one -> one.size).orElse(-1L),
            event.remote(),
            event.local(),
            event.pathway(),
            transaction.map(one -> one.batch).orElse(event.connectionId()),
            transaction.map(one -> one.batch).orElse(event.connectionId()),
            event.messageContext().getOrDefault(MESSAGE_ID, ""),
            Optional.of(event.state()));
    tell(timing, withContent ? transaction.map(one -> one.recipients).orElse(1) : 1);
  }

  @Override
  public void logFlush() {
    long heard = heardMicros;
    heardMicros = 0;
    long before = heard == 0 ? now() - 2 * SECOND : heard - SECOND;
    sessions.values().removeIf(times -> times.overBefore(before));
  }

  private void tell(
      SessionTimes times,
      Optional<SessionTimes.Times> transaction,
      Result result,
      long now,
      String pathway,
      MessageId otherwise,
      String messageId,
      Optional<ReceptionState> state) {
    tell(timing(times, transaction, result, now, pathway, otherwise, messageId, state), 1);
  }

  private static ReceptionTiming timing(
      SessionTimes times,
      Optional<SessionTimes.Times> transaction,
      Result result,
      long now,
      String pathway,
      MessageId otherwise,
      String messageId,
      Optional<ReceptionState> state) {
    MessageId batch = transaction.map(one -> one.batch).orElse(otherwise);
    return new ReceptionTiming(
        result,
        now,
        transaction.map(one -> one.elapsed(now)).orElse(0L),
        transaction.map(one -> one.scanned(now)).orElse(0L),
        transaction.map(one -> one.size).orElse(-1L),
        times.source(),
        times.destination(),
        pathway,
        batch,
        batch,
        messageId,
        state);
  }

  private static String pathway(Optional<String> variable) {
    return variable.orElse("default");
  }

  /** Hooks of other modules are called on loops. */
  private void tell(ReceptionTiming timing, int times) {
    scheduler
        .loops()
        .getFirst()
        .execute(
            () -> {
              for (ReceptionTimed listener : listeners.get()) {
                for (int i = 0; i < times; i++) {
                  listener.receptionTimed(timing);
                }
              }
            });
  }
}
