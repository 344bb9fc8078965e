package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.message.Xtext;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Xclient;

/**
 * XCLIENT: the peer is told which client brought the message (Postfix XCLIENT_README), then greeted
 * again. Taken anew for a message that another client brought. Confined to the loop. Source:
 * conf.ref.xclient.
 */
final class XclientStep implements SessionStep {
  private static final String UNAVAILABLE = "[UNAVAILABLE]";

  private final EsmtpConnection connection;
  private final Opening opening;
  private final boolean required;

  /** What the peer was told last, or refused to hear. */
  private String told = "";

  XclientStep(EsmtpConnection connection, Opening opening) {
    this.connection = connection;
    this.opening = opening;
    this.required = connection.options().xclient() == Xclient.REQUIRED;
  }

  @Override
  public boolean begin() {
    List<String> names = connection.extensions().xclient();
    if (names.isEmpty()) {
      if (required) {
        opening.refuse(Stage.AFTER_EHLO, Failures.session("remote host does not offer XCLIENT"));
        return true;
      }
      return false;
    }
    Message first = connection.firstMessage();
    if (first == null) {
      return false;
    }
    told = attributes(first);
    connection.stage(Stage.XCLIENT);
    ByteBuf out = connection.buffer(512);
    out.writeCharSequence("XCLIENT" + told + "\r\n", StandardCharsets.US_ASCII);
    connection.send(out, 1, connection.options().ehloTimeout());
    return true;
  }

  @Override
  public Fit fits(Message message) {
    boolean offered = !connection.extensions().xclient().isEmpty();
    return offered && !attributes(message).equals(told) ? Fit.STEP_AGAIN : Fit.AS_IT_IS;
  }

  @Override
  public void replied(int code) {
    if (code == 421) {
      connection.leave(Stage.AFTER_XCLIENT);
    } else if (code / 100 == 2) {
      opening.helloAgain();
    } else if (!EsmtpConnection.refusal(code)) {
      connection.outOfStep(Failures.OUT_OF_STEP);
    } else if (required) {
      Reply reply = connection.reply();
      opening.refuse(Stage.AFTER_XCLIENT, Failures.session("XCLIENT refused: " + reply));
    } else {
      connection.stage(Stage.AFTER_XCLIENT);
      opening.done();
    }
  }

  @Override
  public void proceed() {
    throw new IllegalStateException("XCLIENT has one reply");
  }

  /** {@code " ADDR=192.0.2.1 HELO=client.example"}: those that the peer offers, in its order. */
  private String attributes(Message message) {
    StringBuilder text = new StringBuilder();
    for (String name : connection.extensions().xclient()) {
      String value =
          switch (name) {
            case "ADDR" -> address(message.sourceAddress());
            case "NAME" -> named(message, "remote_host");
            case "HELO" -> named(message, "ehlo_domain");
            case "PROTO" -> protocol(message);
            default -> "";
          };
      if (!value.isEmpty()) {
        text.append(' ').append(name).append('=').append(value);
      }
    }
    return text.toString();
  }

  private static String address(String source) {
    if (source.isEmpty() || source.equals("unknown")) {
      return UNAVAILABLE;
    }
    // a port may stand behind it
    String address = source;
    int colon = address.indexOf(':');
    if (colon >= 0 && colon == address.lastIndexOf(':')) {
      address = address.substring(0, colon);
    }
    return address.indexOf(':') >= 0 ? "IPV6:" + Xtext.encode(address) : Xtext.encode(address);
  }

  private static String named(Message message, String key) {
    String value = message.connectionContext().get(key).orElse("");
    return value.isEmpty() || value.length() > 255 ? UNAVAILABLE : Xtext.encode(value);
  }

  private static String protocol(Message message) {
    String greeting = message.connectionContext().get("ehlo_string").orElse("");
    return greeting.toUpperCase(Locale.ROOT).startsWith("HELO") ? "SMTP" : "ESMTP";
  }
}
