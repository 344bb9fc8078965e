package org.impetusmta.core.queue;

import java.io.IOException;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;

/**
 * Says which messages of a queue may leave in one transaction: those of one reception, with one
 * sender, that have the same octets. That they have is known where they share one body, in memory
 * or in the spool; where modules edited them alike it is found out with {@code
 * expensive_batch_assessment} alone, by comparing.
 *
 * <p>Thread-safety: read-only; a {@link Reader} belongs to the thread that swaps in.
 */
final class Batches {
  private final LoopMailQueues server;

  Batches(LoopMailQueues server) {
    this.server = server;
  }

  /** Whether {@code other} may leave with {@code first}, whose body is resident. */
  boolean join(MailMessage first, MailMessage other) {
    if (!alike(first, other)) {
      return false;
    }
    Body body = first.body();
    if (other.resident() && other.body() == body) {
      return true;
    }
    return server.spool().sharesBody(first.spoolEntry(), other.spoolEntry())
        || (server.expensiveBatchAssessment() && other.resident() && other.body().sameOctets(body));
  }

  /** Whether {@link #join} may be expected of two messages whose bodies are not resident. */
  boolean mayJoin(MailMessage first, MailMessage other) {
    return alike(first, other)
        && (server.spool().sharesBody(first.spoolEntry(), other.spoolEntry())
            || (server.expensiveBatchAssessment() && first.size() == other.size()));
  }

  private static boolean alike(MailMessage first, MailMessage other) {
    return other.isOfBatch(first.batchId())
        && other.eightBitMime() == first.eightBitMime()
        && other.sender().equals(first.sender());
  }

  /** Reads bodies, that of several messages in a row once. */
  Reader reader() {
    return new Reader();
  }

  /** Remembers the body that it read last. Thread-safety: none. */
  final class Reader {
    private @Nullable MailMessage last;
    private @Nullable Body body;

    Body read(MailMessage message) throws IOException {
      Spool spool = server.spool();
      MailMessage before = last;
      Body known = body;
      if (before != null
          && known != null
          && spool.sharesBody(before.spoolEntry(), message.spoolEntry())) {
        return known;
      }
      Body read = spool.swapIn(message.spoolEntry());
      if (before != null
          && known != null
          && alike(before, message)
          && server.expensiveBatchAssessment()
          && known.sameOctets(read)) {
        return known; // so that it is seen at once that they go together
      }
      last = message;
      body = read;
      return read;
    }
  }
}
