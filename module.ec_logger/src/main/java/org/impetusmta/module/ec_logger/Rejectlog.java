package org.impetusmta.module.ec_logger;

import java.util.Map;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.log.LineBuffer;

/**
 * The lines of the rejectlog: fields separated by blanks, the reason last. A value in a context is
 * quoted where it is more than a plain word. Thread-safety: none. Source: log_formats.rejectlog.
 */
final class Rejectlog {
  private Rejectlog() {}

  static void rejection(LineBuffer line, LogEvent.Rejection event) {
    line.time(event.timeMicros()).ascii(": R=").quoted(event.remote());
    line.ascii(" L=").quoted(event.local());
    line.ascii(" C=\"").id(event.connectionId()).ascii('"');
    line.ascii(" PATH=").quoted(event.pathway());
    line.ascii(" PATH_GRP=").quoted(event.pathwayGroup());
    line.ascii(" P=").quoted(event.state().text());
    line.ascii(" E=").decimal(event.reply().code());
    word(line.ascii(" M="), event.module());
    context(line.ascii(" CTXCONN="), event.connectionContext());
    context(line.ascii(" CTXMESS="), event.messageContext());
    line.ascii(' ').text(event.reason());
  }

  static void heartbeat(LineBuffer line, long micros) {
    line.time(micros).ascii(": Marker 1");
  }

  private static void context(LineBuffer line, Map<String, String> context) {
    line.ascii('[');
    boolean first = true;
    for (Map.Entry<String, String> entry : context.entrySet()) {
      if (!first) {
        line.ascii(',');
      }
      first = false;
      word(line, entry.getKey());
      word(line.ascii('='), entry.getValue());
    }
    line.ascii(']');
  }

  private static void word(LineBuffer line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c >= 0x7F || c == ',' || c == '=' || c == '"' || c == '[' || c == ']') {
        line.quoted(text);
        return;
      }
    }
    line.text(text);
  }
}
