package org.impetusmta.listener.esmtp;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.message.Xtext;

/**
 * XFORWARD (Postfix XFORWARD_README): what a filter in front says of the client whose mail it hands
 * on, for logs and policy alone. {@code NAME} and so on go into the message dictionary of the next
 * transaction as {@code xforward_name}; they are forgotten with it. Single; owned by the session's
 * event loop.
 */
final class Forwarded {
  static final List<String> ATTRIBUTES =
      List.of("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE");

  private static final int LONGEST = 255;
  private static final Reply SYNTAX = new Reply(501, "5.5.4", "XFORWARD attribute=value expected");
  private static final Reply IN_TRANSACTION =
      new Reply(503, "5.5.1", "XFORWARD within a mail transaction");

  private final EsmtpSession session;
  private final Map<String, String> attributes = new LinkedHashMap<>();

  Forwarded(EsmtpSession session) {
    this.session = session;
  }

  void xforward(byte[] line, int length) {
    if (session.mail().isOpen()) {
      session.bad(IN_TRANSACTION);
      return;
    }
    String[] words =
        CommandLine.printable(line, length) && length > 9
            ? CommandLine.text(line, 9, length).split(" +", -1)
            : new String[0];
    Map<String, String> said = new LinkedHashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? "" : word.substring(0, equals).toUpperCase(Locale.ROOT);
      Optional<String> value =
          equals < 0
              ? Optional.empty()
              : Xtext.decode(word.substring(equals + 1)).filter(text -> text.length() <= LONGEST);
      if (!ATTRIBUTES.contains(name) || value.isEmpty()) {
        session.bad(SYNTAX);
        return;
      }
      said.put("xforward_" + name.toLowerCase(Locale.ROOT), value.get());
    }
    if (said.isEmpty()) {
      session.bad(SYNTAX);
      return;
    }
    attributes.putAll(said);
    attributes.values().removeIf(value -> value.equalsIgnoreCase("[UNAVAILABLE]"));
    session.connection().reply(EsmtpSession.OK);
  }

  /** What a transaction that begins takes with it. */
  Map<String, String> taken(Map<String, String> parameters) {
    if (attributes.isEmpty()) {
      return parameters;
    }
    Map<String, String> all = new LinkedHashMap<>(parameters);
    all.putAll(attributes);
    return all;
  }

  void forget() {
    attributes.clear();
  }
}
