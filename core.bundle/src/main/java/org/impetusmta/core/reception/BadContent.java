package org.impetusmta.core.reception;

import org.impetusmta.api.message.Reply;

/** Content that is refused for its form. Immutable. */
final class BadContent extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Reply reply;

  BadContent(Reply reply) {
    super(reply.text(), null, false, false);
    this.reply = reply;
  }

  /** What the client is told. */
  Reply reply() {
    return reply;
  }
}
