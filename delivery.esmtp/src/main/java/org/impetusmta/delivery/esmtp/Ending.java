package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import java.util.Optional;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;

/**
 * The end of a dialogue: the peer is told (QUIT), and its 221 or its end of the stream awaited, so
 * that it sees no reset (RFC 5321 section 4.1.1.10). Confined to the connection's loop.
 */
final class Ending implements Phase {
  private final EsmtpConnection connection;
  private Stage where = Stage.IDLE;
  private Optional<Reply> cause = Optional.empty();

  Ending(EsmtpConnection connection) {
    this.connection = connection;
  }

  /**
   * How the connection will be reported to have ended.
   *
   * @param cause why, where it was not a proper end
   */
  void because(Stage where, Optional<Reply> cause) {
    this.where = where;
    this.cause = cause;
  }

  @Override
  public void proceed() {
    ByteBuf out = connection.buffer(16);
    Commands.quit(out);
    connection.send(out, 1, connection.options().rsetTimeout());
  }

  @Override
  public void replied(int code) {
    finish();
  }

  /** The peer has answered, has gone, or takes too long. */
  void finish() {
    connection.close(where, cause);
  }
}
