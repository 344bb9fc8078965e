package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.SenderRequests;

/**
 * The parameters of MAIL and RCPT that ask for delivery reports (RFC 3461), as the sender gave them
 * and reception kept them in the message dictionary ({@link SenderRequests}), still in xtext; time
 * of delivery (RFC 2852) and priority (RFC 6710) with them. What could break out of the command, or
 * is longer than RFC 3461 allows, is left out. Thread-safety: read-only.
 */
final class Parameters {
  /** RFC 3461 section 5.4 asks for 500 octets behind RCPT. */
  private static final int MAX = 500;

  private static final byte[] RET_IS = ascii(" RET=");
  private static final byte[] ENVID_IS = ascii(" ENVID=");
  private static final byte[] NOTIFY_IS = ascii(" NOTIFY=");
  private static final byte[] ORCPT_IS = ascii(" ORCPT=");
  private static final byte[] BY_IS = ascii(" BY=");
  private static final byte[] PRIORITY_IS = ascii(" MT-PRIORITY=");

  private Parameters() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Behind MAIL FROM, as far as the peer offers it.
   *
   * @param now seconds since 1970
   */
  static void ofSender(ByteBuf out, Message message, Extensions offered, long now) {
    if (offered.dsn()) {
      Context context = message.context();
      add(out, RET_IS, context.get(SenderRequests.DSN_RET).orElse(""));
      add(out, ENVID_IS, context.get(SenderRequests.DSN_ENVID).orElse(""));
    }
    if (offered.offers("DELIVERBY")) {
      deliverBy(out, message.context(), now);
    }
    if (offered.offers("MT-PRIORITY")) {
      String priority = message.context().get(SenderRequests.MT_PRIORITY).orElse("");
      add(out, PRIORITY_IS, priority.matches("0|-?[1-9]") ? priority : "");
    }
  }

  /** The time that is left (RFC 2852 section 4.1.4). */
  private static void deliverBy(ByteBuf out, Context context, long now) {
    String by = context.get(SenderRequests.DELIVER_BY).orElse("");
    String mode = context.get(SenderRequests.DELIVER_BY_MODE).orElse("");
    if (by.matches("\\d{1,12}") && mode.matches("[RN]T?")) {
      long left = Math.clamp(Long.parseLong(by) - now, -999_999_999L, 999_999_999L);
      if (left > 0 || mode.startsWith("N")) {
        add(out, BY_IS, left + ";" + mode);
      }
    }
  }

  /** Behind RCPT TO. */
  static void ofRecipient(ByteBuf out, Message message) {
    Context context = message.context();
    add(out, NOTIFY_IS, context.get(SenderRequests.DSN_NOTIFY).orElse(""));
    add(out, ORCPT_IS, context.get(SenderRequests.DSN_ORCPT).orElse(""));
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
