package org.impetusmta.delivery.esmtp;

import org.impetusmta.testkit.net.NettyTestLoop;

/** With extensions, on epoll where there is one. */
final class PipeliningContractTest extends EsmtpContract {
  PipeliningContractTest() {
    super(NettyTestLoop.best(), "PIPELINING", "SIZE 0", "8BITMIME");
  }
}
