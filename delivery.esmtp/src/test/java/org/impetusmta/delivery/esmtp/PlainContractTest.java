package org.impetusmta.delivery.esmtp;

import org.impetusmta.testkit.net.NettyTestLoop;

/** Without extensions, on NIO. */
final class PlainContractTest extends EsmtpContract {
  PlainContractTest() {
    super(NettyTestLoop.nio());
  }
}
