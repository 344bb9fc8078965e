package org.impetusmta.module.xsetcontext_inbound;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.message.Xtext;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.reception.SmtpDialogue;
import org.impetusmta.api.reception.SmtpExtension;
import org.osgi.service.component.annotations.Component;

/**
 * XSETCONTEXT: a trusted client sets pairs in the connection dictionary, {@code XSETCONTEXT
 * name=value name=value}, both in xtext. All or none of a command's pairs are set; the dictionary
 * does not grow beyond {@link #MOST}. Immutable. Source: esmtp_listener.extensions.
 */
@Module(
    name = "xsetcontext_inbound",
    kind = Module.Kind.VALIDATE,
    description = "The SMTP extension XSETCONTEXT",
    singleton = "true",
    smtpExtension = "XSETCONTEXT")
@Component(factory = Module.FACTORY + "xsetcontext_inbound", service = SmtpExtension.class)
public final class XsetcontextInbound implements SmtpExtension {
  /** Pairs that a dictionary may have. */
  static final int MOST = 200;

  private static final Reply OK = new Reply(250, "2.0.0", "OK");
  private static final Reply SYNTAX = new Reply(501, "5.5.4", "XSETCONTEXT name=value expected");
  private static final Reply ENOUGH =
      new Reply(452, "4.3.1", "the context has as many values as it may have");

  @Override
  public String keyword() {
    return "XSETCONTEXT";
  }

  @Override
  public Optional<Reply> command(String argument, SmtpDialogue dialogue) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String word : argument.split(" +", -1)) {
      int equals = word.indexOf('=');
      Optional<String> name = Xtext.decode(word.substring(0, Math.max(0, equals)));
      Optional<String> value = Xtext.decode(word.substring(equals + 1));
      if (name.filter(text -> !text.isEmpty()).isEmpty() || value.isEmpty()) {
        return Optional.of(SYNTAX);
      }
      pairs.put(name.get(), value.get());
    }
    Context context = dialogue.connection().context();
    long added = pairs.keySet().stream().filter(key -> context.get(key).isEmpty()).count();
    if (context.size() + added > MOST) {
      return Optional.of(ENOUGH);
    }
    pairs.forEach(context::set);
    return Optional.of(OK);
  }
}
