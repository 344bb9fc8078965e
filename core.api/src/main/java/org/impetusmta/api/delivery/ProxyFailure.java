package org.impetusmta.api.delivery;

import java.io.IOException;
import org.impetusmta.api.message.Reply;

/** The way through a proxy failed, which says nothing of the host behind it. */
public final class ProxyFailure extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Reply reply;

  public ProxyFailure(Reply reply) {
    super(reply.text());
    this.reply = reply;
  }

  /** {@code 451 4.4.1 [internal] proxy …}. */
  public static ProxyFailure of(EgressProxy proxy, String why) {
    return new ProxyFailure(
        new Reply(
            451,
            "4.4.1",
            "[internal] proxy %s:%d: %s"
                .formatted(
                    proxy.address().getAddress() == null
                        ? proxy.address().getHostString()
                        : proxy.address().getAddress().getHostAddress(),
                    proxy.address().getPort(),
                    why)));
  }

  /** What the mail is deferred with. */
  public Reply reply() {
    return reply;
  }
}
