package org.impetusmta.delivery.esmtp;

import static org.impetusmta.testkit.mx.FakeMx.At.BANNER;
import static org.impetusmta.testkit.mx.FakeMx.At.BODY;
import static org.impetusmta.testkit.mx.FakeMx.At.RCPT;
import static org.impetusmta.testkit.mx.FakeMx.leave;
import static org.impetusmta.testkit.mx.FakeMx.proceed;
import static org.impetusmta.testkit.mx.FakeMx.raw;
import static org.impetusmta.testkit.mx.FakeMx.say;
import static org.impetusmta.testkit.mx.FakeMx.stall;

import java.net.InetSocketAddress;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.testkit.mx.DeliveryMethodContract;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.AfterEach;

/** ESMTP keeps the contract of delivery methods. */
abstract class EsmtpContract extends DeliveryMethodContract {
  private final NettyTestLoop loop;
  private final String[] extensions;

  EsmtpContract(NettyTestLoop loop, String... extensions) {
    this.loop = loop;
    this.extensions = extensions;
  }

  @AfterEach
  void closeLoop() {
    loop.close();
  }

  @Override
  protected DeliveryMethod method() {
    return Auth.anonymous();
  }

  @Override
  protected EventLoop loop() {
    return loop;
  }

  @Override
  protected Record options() {
    return TestOptions.seconds(1);
  }

  @Override
  protected FarEnd farEnd(Behaviour behaviour) {
    FakeMx mx = FakeMx.offering(extensions);
    switch (behaviour) {
      case ACCEPTS -> {}
      case REFUSES_FOR_NOW -> mx.always(RCPT, say("450 4.2.0 later"));
      case REFUSES_FOR_GOOD -> mx.always(RCPT, say("550 5.1.1 never"));
      case REFUSES_SECOND -> mx.on(RCPT, proceed(), say("550 5.1.1 never"));
      case LEAVES_AT_ONCE -> mx.always(BANNER, leave());
      case UNWILLING -> mx.always(BANNER, say("554 5.3.2 no service"));
      case LEAVES_IN_SECOND -> mx.on(BODY, proceed(), leave());
      case SILENT -> mx.always(BANNER, stall());
      case BABBLES -> mx.always(BANNER, raw("SSH-2.0-OpenSSH_9.2\r\n"));
    }
    mx.start();
    return new FarEnd() {
      @Override
      public InetSocketAddress address() {
        return mx.address();
      }

      @Override
      public int taken() {
        return mx.received().size();
      }

      @Override
      public void close() {
        mx.close();
      }
    };
  }
}
