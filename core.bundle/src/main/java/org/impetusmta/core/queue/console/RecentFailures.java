package org.impetusmta.core.queue.console;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Reply;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * The last {@value #KEPT} attempts that failed and receptions that were refused, for {@code top}.
 * Filled by the log thread, read by the console. Concurrent.
 */
@Component(
    service = {
      RecentFailures.class,
      LogTransientFailure.class,
      LogPermanentFailure.class,
      LogRejection.class
    })
public final class RecentFailures
    implements LogTransientFailure, LogPermanentFailure, LogRejection {
  static final int KEPT = 256;

  private final ArrayDeque<Failed> last = new ArrayDeque<>(KEPT);

  /**
   * One of them.
   *
   * @param kind as the mainlog and the rejectlog have it: T, P or R
   * @param domain the routing domain; the client's address where reception refused
   * @param binding empty where reception refused
   */
  record Failed(long timeMicros, char kind, String domain, String binding, Reply reply) {}

  /** Empty at first. */
  @Activate
  public RecentFailures() {}

  @Override
  public void logTransientFailure(LogEvent.Failure event) {
    add(event, 'T');
  }

  @Override
  public void logPermanentFailure(LogEvent.Failure event) {
    add(event, 'P');
  }

  @Override
  public void logRejection(LogEvent.Rejection event) {
    add(new Failed(event.timeMicros(), 'R', event.remote(), "", event.reply()));
  }

  private void add(LogEvent.Failure event, char kind) {
    add(
        new Failed(
            event.timeMicros(), kind, event.routingDomain(), event.binding(), event.reply()));
  }

  private synchronized void add(Failed failed) {
    if (last.size() == KEPT) {
      last.removeFirst();
    }
    last.addLast(failed);
  }

  /** The youngest first, {@code limit} at most. */
  synchronized List<Failed> youngest(Predicate<Failed> wanted, int limit) {
    List<Failed> found = new ArrayList<>();
    for (var it = last.descendingIterator(); it.hasNext() && found.size() < limit; ) {
      Failed failed = it.next();
      if (wanted.test(failed)) {
        found.add(failed);
      }
    }
    return found;
  }
}
