package org.impetusmta.core.log;

import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;

/** Messages for events. */
final class Messages {
  static final Reply OK = new Reply(250, "2.0.0", "OK");
  static final MailMessage NONE =
      new MailMessage(
          MessageId.NONE,
          MessageId.NONE,
          MessageId.NONE,
          Address.NULL,
          Address.NULL,
          "unknown",
          "internal",
          0,
          false,
          Body.of());

  private Messages() {}
}
