package org.impetusmta.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProxyProtocolTest {
  private final List<String> seen = new ArrayList<>();

  private final class Session extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext at) {
      seen.add("active " + ClientAddress.of(at.channel()));
    }

    @Override
    public void channelRead(ChannelHandlerContext at, Object message) {
      ByteBuf in = (ByteBuf) message;
      seen.add("read " + in.toString(US_ASCII));
      in.release();
    }
  }

  private EmbeddedChannel connect(Duration timeout) {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new ProxyProtocol("test", timeout, at -> at.pipeline().addLast(new Session())));
    channel.freezeTime();
    return channel;
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, US_ASCII);
  }

  @Test
  void the_session_begins_behind_the_header() {
    EmbeddedChannel channel = connect(Duration.ofSeconds(60));
    channel.writeInbound(text("PROXY TCP4 192.0.2.1 192"));
    assertThat(seen).isEmpty();
    channel.writeInbound(text(".0.2.2 7 25\r\nEHLO a\r\n"));
    channel.writeInbound(text("NOOP\r\n"));
    assertThat(seen)
        .containsExactly(
            "active " + new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 7),
            "read EHLO a\r\n",
            "read NOOP\r\n");
    channel.advanceTimeBy(61, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).as("the alarm is off").isTrue();
    channel.finishAndReleaseAll();
  }

  @Test
  void one_that_names_nobody_leaves_who_connected() {
    EmbeddedChannel channel = connect(Duration.ofSeconds(60));
    channel.writeInbound(text("PROXY UNKNOWN\r\n"));
    assertThat(seen).containsExactly("active embedded");
    channel.finishAndReleaseAll();
  }

  @Test
  void a_late_header_ends_the_connection() {
    EmbeddedChannel channel = connect(Duration.ofSeconds(60));
    channel.writeInbound(text("PROXY "));
    channel.advanceTimeBy(59, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).isTrue();
    channel.advanceTimeBy(2, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).isFalse();
    assertThat(seen).isEmpty();
  }

  @Test
  void without_a_timeout_it_is_waited_for() {
    EmbeddedChannel channel = connect(Duration.ZERO);
    channel.advanceTimeBy(1, TimeUnit.DAYS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).isTrue();
    channel.finishAndReleaseAll();
  }

  @Test
  void a_wrong_header_ends_the_connection_and_is_not_passed_on() {
    EmbeddedChannel channel = connect(Duration.ofSeconds(60));
    channel.writeInbound(text("EHLO a\r\n"), text("NOOP\r\n"));
    assertThat(channel.isOpen()).isFalse();
    assertThat(seen).isEmpty();
  }
}
