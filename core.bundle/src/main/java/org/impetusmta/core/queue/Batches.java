package org.impetusmta.core.queue;

import java.io.IOException;
import org.impetusmta.api.message.Body;
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
    return shares(first, other)
        || (server.expensiveBatchAssessment() && other.resident() && other.body().sameOctets(body));
  }

  private static boolean alike(MailMessage first, MailMessage other) {
    return other.isOfBatch(first.batchId())
        && other.eightBitMime() == first.eightBitMime()
        && other.sender().equals(first.sender());
  }

  /** Looks at messages that are to be read, one after the other. */
  Ahead ahead(int most) {
    return new Ahead(most);
  }

  /** Remembers the messages that will leave together. Thread-safety: none. */
  final class Ahead {
    private final int most;
    private @Nullable MailMessage first;
    private int together;

    private Ahead(int most) {
      this.most = most;
    }

    /** Whether it may be expected to leave with those taken last. */
    boolean joins(MailMessage next) {
      MailMessage head = first;
      return head != null
          && together < most
          && alike(head, next)
          && (shares(head, next)
              || (server.expensiveBatchAssessment() && head.size() == next.size()));
    }

    /** Octets that it costs to read it. */
    int cost(MailMessage next) {
      MailMessage head = first;
      return head != null && alike(head, next) && shares(head, next) ? 0 : next.size();
    }

    void took(MailMessage next) {
      boolean joined = joins(next);
      together = joined ? together + 1 : 1;
      first = joined ? first : next;
    }
  }

  private boolean shares(MailMessage first, MailMessage other) {
    return server.spool().sharesBody(first.spoolEntry(), other.spoolEntry());
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
      MailMessage before = last;
      Body known = body;
      if (before != null && known != null && shares(before, message)) {
        return known;
      }
      Body read = server.spool().swapIn(message.spoolEntry());
      if (before != null
          && known != null
          && alike(before, message)
          && server.expensiveBatchAssessment()
          && known.sameOctets(read)) {
        read.hold();
        read.letGo();
        return known; // so that it is seen at once that they go together
      }
      last = message;
      body = read;
      return read;
    }
  }
}
