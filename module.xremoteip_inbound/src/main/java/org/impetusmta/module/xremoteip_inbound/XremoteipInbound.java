package org.impetusmta.module.xremoteip_inbound;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.reception.SmtpDialogue;
import org.impetusmta.api.reception.SmtpExtension;
import org.osgi.service.component.annotations.Component;

/**
 * XREMOTEIP: a trusted gateway says at any time from which address its client comes; from there on
 * the session is that client's. Greeting and transaction stay. Immutable. Source:
 * esmtp_listener.extensions.
 */
@Module(
    name = "xremoteip_inbound",
    kind = Module.Kind.VALIDATE,
    description = "The SMTP extension XREMOTEIP",
    singleton = "true",
    smtpExtension = "XREMOTEIP")
@Component(factory = Module.FACTORY + "xremoteip_inbound", service = SmtpExtension.class)
public final class XremoteipInbound implements SmtpExtension {
  private static final Reply OK = new Reply(250, "2.0.0", "OK");
  private static final Reply SYNTAX = new Reply(501, "5.5.4", "XREMOTEIP address expected");

  @Override
  public String keyword() {
    return "XREMOTEIP";
  }

  @Override
  public Optional<Reply> command(String argument, SmtpDialogue dialogue) {
    Optional<InetAddress> address = address(argument);
    if (address.isEmpty()) {
      return Optional.of(SYNTAX);
    }
    String remote = dialogue.connection().remote();
    int colon = remote.lastIndexOf(':');
    int port = colon < 0 ? 0 : Integer.parseInt(remote.substring(colon + 1));
    dialogue.client(new InetSocketAddress(address.get(), port));
    return Optional.of(OK);
  }

  /** {@code 192.0.2.1}, {@code 2001:db8::1}, the latter with brackets or {@code IPv6:} as well. */
  private static Optional<InetAddress> address(String text) {
    String literal = text;
    if (literal.startsWith("[") && literal.endsWith("]")) {
      literal = literal.substring(1, literal.length() - 1);
    }
    if (literal.regionMatches(true, 0, "IPv6:", 0, 5)) {
      literal = literal.substring(5);
    }
    boolean four = literal.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!four && (literal.indexOf(':') < 0 || literal.indexOf('%') >= 0)) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(literal));
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.empty();
    }
  }
}
