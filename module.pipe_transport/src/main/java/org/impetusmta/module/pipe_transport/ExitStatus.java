package org.impetusmta.module.pipe_transport;

import java.util.HashMap;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Reply;

/**
 * What an exit status means: what the option {@code code} says of it; else 0 delivered, 75
 * (EX_TEMPFAIL of sysexits.h) attempted again, above 128 (ended by a signal) attempted again, any
 * other failed with the manual's reply. Read-only.
 */
final class ExitStatus {
  private final Map<Integer, Reply> replies = new HashMap<>();

  ExitStatus(Map<String, String> code) throws ConfigException {
    for (Map.Entry<String, String> one : code.entrySet()) {
      String written = "code: \"" + one.getKey() + "\" = \"" + one.getValue() + "\"";
      if (!one.getKey().matches("\\d{1,3}") || Integer.parseInt(one.getKey()) > 255) {
        throw new ConfigException(written + ": expected an exit status from 0 to 255");
      }
      if (!one.getValue().matches("[245]\\d\\d( .*)?")) {
        throw new ConfigException(written + ": expected a reply, 2xx, 4xx or 5xx and a text");
      }
      replies.put(Integer.parseInt(one.getKey()), Reply.parse(one.getValue()));
    }
  }

  Reply reply(int status) {
    Reply said = replies.get(status);
    if (said != null) {
      return said;
    }
    if (status == 0) {
      return new Reply(250, "2.0.0", "delivered to program");
    }
    String text = "pipe transport gave exit status " + status;
    return status == 75 || status > 128
        ? new Reply(451, "4.3.0", text)
        : new Reply(504, "5.5.0", text);
  }
}
