package org.impetusmta.module.xclient_inbound;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.message.Xtext;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.reception.SmtpDialogue;
import org.impetusmta.api.reception.SmtpExtension;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;

/**
 * XCLIENT: a trusted peer says which client it speaks for (Postfix XCLIENT_README). The session
 * then begins anew as that client's: phase connect, banner, greeting. Values are xtext; {@code
 * [UNAVAILABLE]} and {@code [TEMPUNAVAIL]} stand for what the peer does not know.
 *
 * <p>Thread-safety: immutable. Source: esmtp_listener.extensions.
 */
@Module(
    name = "xclient_inbound",
    kind = Module.Kind.VALIDATE,
    description = "The SMTP extension XCLIENT",
    singleton = "true",
    smtpExtension = "XCLIENT")
@Component(factory = Module.FACTORY + "xclient_inbound", service = SmtpExtension.class)
public final class XclientInbound implements SmtpExtension {
  private static final Reply SYNTAX = new Reply(501, "5.5.4", "XCLIENT attribute=value expected");
  private static final Reply IN_TRANSACTION =
      new Reply(503, "5.5.1", "XCLIENT within a mail transaction");
  private static final String UNKNOWN_ADDRESS = "0.0.0.0";
  private static final int LONGEST = 255;

  private enum Attribute {
    NAME,
    ADDR,
    PORT,
    PROTO,
    HELO,
    LOGIN,
    DESTADDR,
    DESTPORT
  }

  @Override
  public String keyword() {
    return "XCLIENT";
  }

  @Override
  public String parameters() {
    return "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";
  }

  @Override
  public Optional<Reply> command(String argument, SmtpDialogue dialogue) {
    if (dialogue.transaction().isPresent()) {
      return Optional.of(IN_TRANSACTION);
    }
    Map<Attribute, String> said = new EnumMap<>(Attribute.class);
    for (String word : argument.split(" +", -1)) {
      int equals = word.indexOf('=');
      Optional<Attribute> attribute = attribute(word.substring(0, Math.max(0, equals)));
      Optional<String> value =
          equals < 0 ? Optional.empty() : Xtext.decode(word.substring(equals + 1));
      if (attribute.isEmpty() || value.filter(text -> isValid(attribute.get(), text)).isEmpty()) {
        return Optional.of(SYNTAX);
      }
      said.put(attribute.get(), isUnknown(value.get()) ? "" : value.get());
    }
    apply(said, dialogue);
    return Optional.empty();
  }

  private static void apply(Map<Attribute, String> said, SmtpDialogue dialogue) {
    if (said.containsKey(Attribute.ADDR) || said.containsKey(Attribute.PORT)) {
      dialogue.client(end(said, Attribute.ADDR, Attribute.PORT, dialogue.connection().remote()));
    }
    if (said.containsKey(Attribute.DESTADDR) || said.containsKey(Attribute.DESTPORT)) {
      dialogue.server(
          end(said, Attribute.DESTADDR, Attribute.DESTPORT, dialogue.connection().local()));
    }
    dialogue.greeting(
        said.getOrDefault(Attribute.HELO, ""),
        !"SMTP".equalsIgnoreCase(said.getOrDefault(Attribute.PROTO, "ESMTP")));
    Context context = dialogue.connection().context();
    set(context, "remote_host", said.get(Attribute.NAME));
    String login = said.get(Attribute.LOGIN);
    set(context, "auth_user", login);
    set(context, "auth_status", login == null || login.isEmpty() ? login : "pass");
    if (login != null) {
      context.remove("auth_groups"); // are those of whoever was there before
    }
    if (login != null && !login.isEmpty()) {
      context.set("can_relay", "true");
    }
  }

  /** Sets what was said, removes what is not known, leaves alone what was not said. */
  private static void set(Context context, String key, @Nullable String value) {
    if (value != null && value.isEmpty()) {
      context.remove(key);
    } else if (value != null) {
      context.set(key, value);
    }
  }

  /** One end of the connection; what was not said stays as it is in {@code before}. */
  private static InetSocketAddress end(
      Map<Attribute, String> said, Attribute address, Attribute port, String before) {
    int colon = before.lastIndexOf(':');
    String ip = colon < 0 ? UNKNOWN_ADDRESS : before.substring(0, colon).replaceAll("[\\[\\]]", "");
    if (said.containsKey(address)) {
      ip = said.get(address).isEmpty() ? UNKNOWN_ADDRESS : withoutPrefix(said.get(address));
    }
    int number = colon < 0 ? 0 : Integer.parseInt(before.substring(colon + 1));
    if (said.containsKey(port)) {
      number = said.get(port).isEmpty() ? 0 : Integer.parseInt(said.get(port));
    }
    return new InetSocketAddress(InetAddress.ofLiteral(ip), number);
  }

  private static Optional<Attribute> attribute(String name) {
    try {
      return Optional.of(Attribute.valueOf(name.toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException unknown) {
      return Optional.empty();
    }
  }

  private static boolean isUnknown(String value) {
    return value.equalsIgnoreCase("[UNAVAILABLE]") || value.equalsIgnoreCase("[TEMPUNAVAIL]");
  }

  private static boolean isValid(Attribute attribute, String value) {
    if (isUnknown(value)) {
      return true;
    }
    return switch (attribute) {
      case ADDR, DESTADDR -> isAddress(value);
      case PORT, DESTPORT -> value.matches("\\d{1,5}") && Integer.parseInt(value) <= 65535;
      case PROTO -> value.equalsIgnoreCase("SMTP") || value.equalsIgnoreCase("ESMTP");
      case HELO, NAME -> value.matches("[!-~]{1,255}");
      case LOGIN -> !value.isEmpty() && value.length() <= LONGEST;
    };
  }

  private static boolean isAddress(String value) {
    String literal = withoutPrefix(value);
    boolean four = literal.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!four && (literal.indexOf(':') < 0 || literal.indexOf('%') >= 0)) {
      return false;
    }
    try {
      InetAddress.ofLiteral(literal);
      return true;
    } catch (IllegalArgumentException notAnAddress) {
      return false;
    }
  }

  private static String withoutPrefix(String address) {
    return address.regionMatches(true, 0, "IPV6:", 0, 5) ? address.substring(5) : address;
  }
}
