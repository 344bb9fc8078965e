package org.impetusmta.module.reception_timing;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.Transaction;
import org.jspecify.annotations.Nullable;

/**
 * The latest transactions of a session: written on its loop, read by the log thread, which is
 * behind. Concurrent.
 */
final class SessionTimes {
  /** Transactions that are kept; a session has ended others before the log heard of them. */
  private static final int MOST = 64;

  private final String source;
  private final String destination;
  private final Deque<Times> transactions = new ArrayDeque<>();
  private volatile long closedMicros = Long.MAX_VALUE;

  /** One transaction. Written by the loop; guarded by the session's object. */
  static final class Times {
    final long beginMicros;
    MessageId batch;
    long scanMicros = Long.MAX_VALUE;
    long size = -1;
    int recipients = 1;
    @Nullable Transaction open;

    Times(long beginMicros, MessageId batch) {
      this.beginMicros = beginMicros;
      this.batch = batch;
    }

    long elapsed(long now) {
      return Math.max(0, now - beginMicros);
    }

    long scanned(long now) {
      return Math.max(0, now - scanMicros);
    }
  }

  SessionTimes(AcceptConstruct connection) {
    source = connection.remote();
    destination = connection.local();
  }

  String source() {
    return source;
  }

  String destination() {
    return destination;
  }

  /** MAIL FROM came. */
  synchronized void begin(long micros, MessageId connection) {
    Times before = transactions.peekLast();
    if (before != null) {
      before.open = null;
    }
    transactions.addLast(new Times(micros, connection));
    if (transactions.size() > MOST) {
      transactions.removeFirst();
    }
  }

  /** Its transaction was made. */
  synchronized void transaction(Transaction transaction) {
    Times now = transactions.peekLast();
    if (now != null) {
      now.batch = transaction.batchId();
      now.open = transaction;
    }
  }

  /** The client announces the content. */
  synchronized void data() {
    Times now = transactions.peekLast();
    if (now != null && now.open != null) {
      now.recipients = Math.max(1, now.open.recipients().size());
    }
  }

  /** The content is here. */
  synchronized void content(long micros, long size, int recipients) {
    Times now = transactions.peekLast();
    if (now != null) {
      now.scanMicros = micros;
      now.size = size;
      now.recipients = Math.max(1, recipients);
      now.open = null;
    }
  }

  /** The transaction that was going on at that time. */
  synchronized Optional<Times> at(long micros) {
    Times found = null;
    for (Times times : transactions) {
      if (times.beginMicros <= micros) {
        found = times;
      }
    }
    return Optional.ofNullable(found);
  }

  /** The transaction of a batch. */
  synchronized Optional<Times> of(MessageId batch) {
    return transactions.stream().filter(times -> times.batch.equals(batch)).findFirst();
  }

  void closed(long micros) {
    closedMicros = micros;
  }

  /** Whether the log cannot ask for it any more, having heard of all up to then. */
  boolean overBefore(long micros) {
    return closedMicros < micros;
  }
}
