package org.impetusmta.module.ec_logger;

import java.util.Optional;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.log.LineBuffer;

/**
 * The lines of the importlog: time, id in the other spool, {@code I}, id here, result (1 imported,
 * 2 envelope unreadable, 3 body unreadable, 4 not stored), folder of the other spool, separated by
 * {@code @}. An id that nobody knows is empty. Thread-safety: none. Source: log_formats.importlog.
 */
final class Importlog {
  private Importlog() {}

  static void line(LineBuffer line, LogEvent.Import event) {
    id(line.time(event.timeMicros()).ascii('@'), event.originalId());
    id(line.ascii("@I@"), event.id());
    line.ascii('@').decimal(event.result().number()).ascii('@').text(event.folder());
  }

  private static void id(LineBuffer line, Optional<MessageId> id) {
    id.ifPresent(line::id);
  }
}
