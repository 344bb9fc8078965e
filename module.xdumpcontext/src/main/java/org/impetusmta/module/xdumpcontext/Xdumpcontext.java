package org.impetusmta.module.xdumpcontext;

import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.reception.SmtpDialogue;
import org.impetusmta.api.reception.SmtpExtension;
import org.osgi.service.component.annotations.Component;

/**
 * XDUMPCONTEXT: shows the client the dictionaries of connection and message by key, for debugging.
 * Values whose key sounds like a secret are not shown; control characters become question marks,
 * long values are cut. Immutable. Source: esmtp_listener.extensions.
 */
@Module(
    name = "xdumpcontext",
    kind = Module.Kind.VALIDATE,
    description = "The SMTP extension XDUMPCONTEXT",
    singleton = "true",
    smtpExtension = "XDUMPCONTEXT")
@Component(factory = Module.FACTORY + "xdumpcontext", service = SmtpExtension.class)
public final class Xdumpcontext implements SmtpExtension {
  private static final Pattern SECRET =
      Pattern.compile("(?i)pass|secret|token|credential|private|(^|_)key$");
  private static final Reply SYNTAX = new Reply(501, "5.5.4", "no arguments allowed");
  private static final int LONGEST = 400;

  @Override
  public String keyword() {
    return "XDUMPCONTEXT";
  }

  @Override
  public Optional<Reply> command(String argument, SmtpDialogue dialogue) {
    if (!argument.isEmpty()) {
      return Optional.of(SYNTAX);
    }
    StringBuilder text = new StringBuilder();
    dump(text, "connection", dialogue.connection().context());
    dialogue.transaction().ifPresent(transaction -> dump(text, "message", transaction.context()));
    return Optional.of(new Reply(250, "", text.append("XDUMPCONTEXT complete").toString()));
  }

  private static void dump(StringBuilder out, String which, Context context) {
    new TreeMap<>(context.asMap())
        .forEach(
            (key, value) ->
                out.append('[')
                    .append(which)
                    .append("] ")
                    .append(line(key))
                    .append(' ')
                    .append(SECRET.matcher(key).find() ? "(not shown)" : line(value))
                    .append('\n'));
  }

  private static String line(String text) {
    String cut = text.length() > LONGEST ? text.substring(0, LONGEST) + " (cut)" : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
