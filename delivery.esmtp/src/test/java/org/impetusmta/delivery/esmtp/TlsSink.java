package org.impetusmta.delivery.esmtp;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A main: a next hop for measurements that takes all mail, over TLS where the client asks for it,
 * and prints how many messages it has each second. {@code smtp-sink} has no TLS.
 *
 * <pre>TlsSink PORT CERTIFICATE KEY</pre>
 */
final class TlsSink extends ChannelInboundHandlerAdapter {
  private static final AtomicLong TAKEN = new AtomicLong();
  private static final AtomicLong SECURED = new AtomicLong();

  private final SslContext tls;
  private final StringBuilder line = new StringBuilder();
  private boolean data;

  /** Octets of CRLF . CRLF that have been seen. */
  private int matched;

  private TlsSink(SslContext tls) {
    this.tls = tls;
  }

  public static void main(String[] arguments) throws Exception {
    SslContext tls =
        SslContextBuilder.forServer(new File(arguments[1]), new File(arguments[2]))
            .sslProvider(SslProvider.OPENSSL)
            .build();
    new ServerBootstrap()
        .group(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()))
        .channel(EpollServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(new TlsSink(tls));
              }
            })
        .bind("127.0.0.1", Integer.parseInt(arguments[0]))
        .sync();
    while (true) {
      Thread.sleep(1000);
      System.out.println(System.currentTimeMillis() + " " + TAKEN + " " + SECURED);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    say(context, "220 sink ESMTP");
    context.flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object input) {
    ByteBuf in = (ByteBuf) input;
    try {
      while (in.isReadable()) {
        if (data) {
          body(context, in);
        } else {
          byte octet = in.readByte();
          if (octet == '\n') {
            String command = line.toString();
            line.setLength(0);
            command(context, command.toUpperCase(Locale.ROOT));
          } else if (octet != '\r') {
            line.append((char) octet);
          }
        }
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.flush();
  }

  private void command(ChannelHandlerContext context, String command) {
    boolean secure = context.pipeline().get("tls") != null;
    switch (command.substring(0, Math.min(4, command.length()))) {
      case "EHLO" ->
          say(
              context,
              "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
                  + (secure ? "" : "250-STARTTLS\r\n")
                  + "250 SIZE");
      case "STAR" -> {
        say(context, "220 go on");
        context.flush();
        SECURED.incrementAndGet();
        context.pipeline().addFirst("tls", tls.newHandler(context.alloc()));
      }
      case "DATA" -> {
        data = true;
        matched = 2;
        say(context, "354 go on");
      }
      case "QUIT" -> {
        say(context, "221 bye");
        context.flush();
        context.close();
      }
      default -> say(context, "250 2.0.0 ok");
    }
  }

  private void body(ChannelHandlerContext context, ByteBuf in) {
    while (in.isReadable()) {
      int octet = in.readByte();
      int wanted = matched == 2 ? '.' : matched % 3 == 0 ? '\r' : '\n';
      matched = octet == wanted ? matched + 1 : octet == '\r' ? 1 : 0;
      if (matched == 5) {
        data = false;
        TAKEN.incrementAndGet();
        say(context, "250 2.0.0 taken");
        return;
      }
    }
  }

  private static void say(ChannelHandlerContext context, String reply) {
    context.write(
        io.netty.buffer.ByteBufUtil.writeUtf8(context.alloc(), reply + "\r\n"),
        context.voidPromise());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
