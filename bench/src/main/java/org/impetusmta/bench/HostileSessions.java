package org.impetusmta.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sessions that send mail beside sessions that want to do harm: how much of the mail of the good
 * ones still flows.
 *
 * <pre>HostileSessions PORT GOOD HOSTILE SECONDS ROUNDS OCTETS RATE</pre>
 *
 * <p>Each round measures the good sessions alone, then with the hostile ones, SECONDS each. RATE
 * messages a second are due over all good sessions; 0: each session sends its next message when the
 * last is answered. A hostile session that is cut off comes again. Prints a line for each
 * measurement, tab-separated: what, messages a second, hostile sessions that stand, RCPT commands
 * of theirs that were answered, and how often they were cut off.
 *
 * <p>They are, in equal parts: silent from the start; silent after EHLO; after MAIL; in the middle
 * of the content; writing one octet a second; sending header fields without end; asking for RCPT
 * after RCPT; asking without ever reading.
 */
public final class HostileSessions {
  private static final int KINDS = 8;
  private static final int RCPT_BATCH = 25;

  private final InetSocketAddress server;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final byte[] message;
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong recipients = new AtomicLong();
  private final AtomicLong cutOff = new AtomicLong();
  private final AtomicInteger standing = new AtomicInteger();
  private final Set<Channel> enemies = ConcurrentHashMap.newKeySet();
  private volatile boolean hostile;

  /** Nanoseconds between two messages of one good session; 0: none. */
  private final long pace;

  private HostileSessions(int port, int octets, long pace) {
    this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.pace = pace;
    String header = "From: <a@bench.test>\r\nTo: <b@bench.test>\r\nSubject: x\r\n\r\n";
    String line = "x".repeat(70) + "\r\n";
    String body = header + line.repeat(Math.max(1, (octets - header.length()) / line.length()));
    this.message = (body + ".\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Runs it; see the class. */
  public static void main(String[] args) throws Exception {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    int good = Integer.parseInt(args[1]);
    int hostile = Integer.parseInt(args[2]);
    double seconds = Double.parseDouble(args[3]);
    int rounds = Integer.parseInt(args[4]);
    double rate = Double.parseDouble(args[6]);
    HostileSessions run =
        new HostileSessions(
            Integer.parseInt(args[0]),
            Integer.parseInt(args[5]),
            rate > 0 ? (long) (good / rate * 1e9) : 0);
    run.openGood(good);
    run.measure("warm-up", seconds);
    double[] alone = new double[rounds];
    double[] beside = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      alone[i] = run.measure("alone", seconds);
      run.openHostile(hostile);
      Thread.sleep(3_000);
      beside[i] = run.measure("beside", seconds);
      run.hostile = false;
      run.enemies.forEach(Channel::close);
      Thread.sleep(3_000);
    }
    System.out.printf(
        Locale.ROOT,
        "medians\talone %.0f/s\tbeside %.0f/s\t%.1f %%\trefused %d%n",
        median(alone),
        median(beside),
        100 * median(beside) / median(alone),
        run.refused.get());
    run.loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private double measure(String what, double seconds) throws InterruptedException {
    long before = delivered.get();
    long asked = recipients.get();
    long cut = cutOff.get();
    long start = System.nanoTime();
    Thread.sleep((long) (seconds * 1000));
    double rate = (delivered.get() - before) / ((System.nanoTime() - start) / 1e9);
    System.out.printf(
        Locale.ROOT,
        "%s\t%.0f/s\tstanding %d\tRCPT %d\tcut off %d%n",
        what,
        rate,
        standing.get(),
        recipients.get() - asked,
        cutOff.get() - cut);
    return rate;
  }

  private Channel connect(ChannelInboundHandlerAdapter session) throws InterruptedException {
    return new Bootstrap()
        .group(loops)
        .channel(EpollSocketChannel.class)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(session);
              }
            })
        .connect(server)
        .sync()
        .channel();
  }

  private void openGood(int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      connect(new Good(i, count));
    }
  }

  private void openHostile(int count) throws InterruptedException {
    hostile = true;
    for (int i = 0; i < count; i++) {
      connect(new Hostile(i % KINDS));
    }
  }

  private static ByteBuf ascii(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  /** Lets whole reply lines come, and looks at their first octet. */
  private abstract static class Session extends ChannelInboundHandlerAdapter {
    private int column;
    private int first;
    private boolean last;

    abstract void replied(ChannelHandlerContext at, int digit);

    @Override
    public void channelRead(ChannelHandlerContext at, Object read) {
      ByteBuf in = (ByteBuf) read;
      try {
        while (in.isReadable()) {
          int octet = in.readByte();
          if (octet == '\n') {
            if (last) {
              replied(at, first);
            }
            column = 0;
            continue;
          }
          if (column == 0) {
            first = octet;
          } else if (column == 3) {
            last = octet != '-';
          }
          column++;
        }
      } finally {
        in.release();
      }
    }
  }

  private final class Good extends Session {
    private final int number;
    private final int all;
    private int step;

    Good(int number, int all) {
      this.number = number;
      this.all = all;
    }

    @Override
    void replied(ChannelHandlerContext at, int digit) {
      switch (step++) {
        case 0 -> at.writeAndFlush(ascii("EHLO good.bench.test\r\n"));
        case 1 -> {
          // all begin at different times
          at.executor().schedule(() -> envelope(at), pace * number / all, TimeUnit.NANOSECONDS);
          step = 2;
        }
        case 4 -> at.writeAndFlush(Unpooled.wrappedBuffer(message));
        case 5 -> {
          (digit == '2' ? delivered : refused).incrementAndGet();
          step = 2;
          if (pace > 0) {
            at.executor().schedule(() -> envelope(at), pace, TimeUnit.NANOSECONDS);
          } else {
            envelope(at);
          }
        }
        default -> {
          if (digit > '3') {
            refused.incrementAndGet();
          }
        }
      }
    }

    private void envelope(ChannelHandlerContext at) {
      at.writeAndFlush(ascii("MAIL FROM:<a@bench.test>\r\nRCPT TO:<b@bench.test>\r\nDATA\r\n"));
    }

    @Override
    public void channelInactive(ChannelHandlerContext at) {
      if (!loops.isShuttingDown()) {
        System.err.println("a good session was cut off in step " + step);
      }
    }
  }

  private final class Hostile extends Session {
    private final int kind;
    private int step;
    private int pending;

    Hostile(int kind) {
      this.kind = kind;
    }

    @Override
    public void channelActive(ChannelHandlerContext at) {
      standing.incrementAndGet();
      enemies.add(at.channel());
      if (!hostile) {
        at.close();
      }
    }

    @Override
    void replied(ChannelHandlerContext at, int digit) {
      if (kind == 6 && step > 2) {
        recipients.incrementAndGet();
        if (--pending == 0) {
          at.executor().schedule(() -> recipients(at), 1, TimeUnit.SECONDS);
        }
        return;
      }
      switch (step++) {
        case 0 -> {
          switch (kind) {
            case 0 -> {}
            case 4 -> octet(at, 0);
            case 7 -> {
              at.channel().config().setAutoRead(false);
              ask(at);
            }
            default -> at.writeAndFlush(ascii("EHLO hostile.bench.test\r\n"));
          }
        }
        case 1 -> {
          switch (kind) {
            case 2, 6 -> at.writeAndFlush(ascii("MAIL FROM:<h@bench.test>\r\n"));
            case 3, 5 ->
                at.writeAndFlush(
                    ascii("MAIL FROM:<h@bench.test>\r\nRCPT TO:<h@bench.test>\r\nDATA\r\n"));
            default -> {}
          }
        }
        case 2 -> {
          if (kind == 6) {
            step = 3;
            recipients(at);
          }
        }
        case 4 -> {
          if (kind == 3) {
            at.writeAndFlush(ascii("Subject: x\r\n\r\nhalf a mess"));
          } else if (kind == 5) {
            header(at);
          }
        }
        default -> {}
      }
    }

    private void recipients(ChannelHandlerContext at) {
      pending = RCPT_BATCH;
      at.writeAndFlush(ascii("RCPT TO:<h@bench.test>\r\n".repeat(RCPT_BATCH)));
    }

    private void octet(ChannelHandlerContext at, int position) {
      String words = "NOOP\r\n";
      if (at.channel().isActive()) {
        at.writeAndFlush(ascii(words.substring(position, position + 1)));
        at.executor()
            .schedule(() -> octet(at, (position + 1) % words.length()), 1, TimeUnit.SECONDS);
      }
    }

    private void header(ChannelHandlerContext at) {
      if (at.channel().isActive() && at.channel().isWritable()) {
        at.writeAndFlush(ascii("X-Header: " + "x".repeat(900) + "\r\n"));
      }
      if (at.channel().isActive()) {
        at.executor().schedule(() -> header(at), 1, TimeUnit.SECONDS);
      }
    }

    private void ask(ChannelHandlerContext at) {
      if (at.channel().isActive()) {
        if (at.channel().isWritable()) {
          at.writeAndFlush(ascii("HELP\r\n".repeat(100)));
        }
        at.executor().schedule(() -> ask(at), 1, TimeUnit.SECONDS);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext at) {
      standing.decrementAndGet();
      enemies.remove(at.channel());
      if (hostile) {
        cutOff.incrementAndGet();
        new Bootstrap()
            .group(loops)
            .channel(EpollSocketChannel.class)
            .handler(new Hostile(kind))
            .connect(server);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
      at.close();
    }
  }
}
