package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.impetusmta.api.delivery.DialogueTrace;

/** Shows commands to those who follow a dialogue; never a body. Thread-safety: read-only. */
final class Traces {
  private Traces() {}

  /** The command lines in {@code out}; a chunk behind BDAT is not one. */
  static void lines(DialogueTrace trace, ByteBuf out) {
    String text = out.toString(StandardCharsets.UTF_8);
    int from = 0;
    while (from < text.length()) {
      int end = text.indexOf("\r\n", from);
      String line = text.substring(from, end < 0 ? text.length() : end);
      trace.sent(line);
      if (end < 0 || line.startsWith("BDAT ")) {
        return;
      }
      from = end + 2;
    }
  }
}
