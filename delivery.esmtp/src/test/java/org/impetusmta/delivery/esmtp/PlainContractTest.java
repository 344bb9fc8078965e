package org.impetusmta.delivery.esmtp;

/** Without extensions, on NIO. */
final class PlainContractTest extends EsmtpContract {
  PlainContractTest() {
    super(NettyTestLoop.nio());
  }
}
