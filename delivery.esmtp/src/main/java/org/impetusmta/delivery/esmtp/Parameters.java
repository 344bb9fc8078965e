package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;

/**
 * The parameters of MAIL and RCPT that ask for delivery reports (RFC 3461), as the sender gave them
 * and reception kept them in the message dictionary, still in xtext: {@code dsn_ret}, {@code
 * dsn_envid}, {@code dsn_notify}, {@code dsn_orcpt}. What could break out of the command, or is
 * longer than RFC 3461 allows, is left out. Thread-safety: read-only.
 */
final class Parameters {
  static final String RET = "dsn_ret";
  static final String ENVID = "dsn_envid";
  static final String NOTIFY = "dsn_notify";
  static final String ORCPT = "dsn_orcpt";

  /** RFC 3461 section 5.4 asks for 500 octets behind RCPT. */
  private static final int MAX = 500;

  private static final byte[] RET_IS = ascii(" RET=");
  private static final byte[] ENVID_IS = ascii(" ENVID=");
  private static final byte[] NOTIFY_IS = ascii(" NOTIFY=");
  private static final byte[] ORCPT_IS = ascii(" ORCPT=");

  private Parameters() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Behind MAIL FROM. */
  static void ofSender(ByteBuf out, Message message) {
    Context context = message.context();
    add(out, RET_IS, context.get(RET).orElse(""));
    add(out, ENVID_IS, context.get(ENVID).orElse(""));
  }

  /** Behind RCPT TO. */
  static void ofRecipient(ByteBuf out, Message message) {
    Context context = message.context();
    add(out, NOTIFY_IS, context.get(NOTIFY).orElse(""));
    add(out, ORCPT_IS, context.get(ORCPT).orElse(""));
  }

  private static void add(ByteBuf out, byte[] name, String value) {
    if (!value.isEmpty()
        && value.length() <= MAX
        && Commands.printable(value)
        && value.indexOf(' ') < 0) {
      out.writeBytes(name);
      ByteBufUtil.writeAscii(out, value);
    }
  }
}
