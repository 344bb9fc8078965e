package org.impetusmta.delivery.esmtp;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.jspecify.annotations.Nullable;

/**
 * Measures deliveries to {@code smtp-sink}: {@code SinkLoad [messages [octets [connections
 * [rounds]]]]}, by default 50000 of 4096 over 4, 5 times, on one loop. The source is memory, so
 * that what is measured is the dialogue. Not a test: a timing never is.
 */
public final class SinkLoad {
  private SinkLoad() {}

  public static void main(String[] arguments) throws Exception {
    int messages = argument(arguments, 0, 50_000);
    int octets = argument(arguments, 1, 4096);
    int connections = argument(arguments, 2, 4);
    int rounds = argument(arguments, 3, 5);
    String line = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n";
    String body = "Subject: load\r\n\r\n" + line.repeat(Math.max(1, octets / line.length()));
    Message message = OutboundMessage.to("recipient@destination.example", body);
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    try (NettyTestLoop loop = NettyTestLoop.best();
        SmtpSink sink = SmtpSink.start("-u", "root")) {
      for (int round = 0; round < rounds; round++) {
        Source source = new Source(loop, sink.address(), message, messages, connections);
        long cpu = system.getProcessCpuTime();
        long sinkCpu = ticks(sink.pid());
        long start = System.nanoTime();
        loop.execute(source::open);
        source.done.await();
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
            "%d x %d octets, %d connections: %.0f messages/s, CPU per message %.1f us ours, %.1f us"
                + " the sink's; %d failed%n",
            messages,
            message.size(),
            connections,
            source.delivered / seconds,
            (system.getProcessCpuTime() - cpu) / 1e3 / messages,
            (ticks(sink.pid()) - sinkCpu) * 1e4 / messages,
            source.failed);
      }
    }
  }

  private static int argument(String[] arguments, int index, int otherwise) {
    return index < arguments.length ? Integer.parseInt(arguments[index]) : otherwise;
  }

  /** CPU that a process has used, in hundredths of a second. */
  private static long ticks(long pid) throws java.io.IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  /** The same message over and over; what all connections of a run share. On the loop. */
  private static final class Source {
    private final EventLoop loop;
    private final InetSocketAddress address;
    private final Message message;
    private final int connections;
    private final CountDownLatch done;
    private int left;
    private volatile int delivered;
    private volatile int failed;

    Source(
        EventLoop loop, InetSocketAddress address, Message message, int messages, int connections) {
      this.loop = loop;
      this.address = address;
      this.message = message;
      this.left = messages;
      this.connections = connections;
      this.done = new CountDownLatch(connections);
    }

    void open() {
      EsmtpDelivery method = Auth.anonymous();
      for (int i = 0; i < connections; i++) {
        Load load = new Load(this);
        load.connection = method.open(load);
      }
    }
  }

  private static final class Load implements Delivery {
    private final Source source;
    private @Nullable DeliveryConnection connection;

    Load(Source source) {
      this.source = source;
    }

    @Override
    public EventLoop loop() {
      return source.loop;
    }

    @Override
    public String domain() {
      return "destination.example";
    }

    @Override
    public String binding() {
      return "default";
    }

    @Override
    public String bindingGroup() {
      return "";
    }

    @Override
    public boolean secureRoute() {
      return false;
    }

    @Override
    public Optional<InetAddress> sourceAddress() {
      return Optional.empty();
    }

    @Override
    public String host() {
      return "sink";
    }

    @Override
    public InetSocketAddress address() {
      return source.address;
    }

    @Override
    public <T extends Record> T options(Class<T> type) {
      return type.cast(TestOptions.seconds(60));
    }

    @Override
    public void connected() {}

    @Override
    public Optional<Message> next() {
      if (source.left == 0) {
        if (connection != null) {
          connection.quit();
        }
        return Optional.empty();
      }
      source.left--;
      return Optional.of(source.message);
    }

    @Override
    public Optional<Message> sibling(Message first) {
      return Optional.empty();
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // written on the loop alone
    public void delivered(Message message, Reply reply, int bytes) {
      source.delivered++;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // written on the loop alone
    public void failed(Message message, Stage stage, Reply reply, int bytes) {
      source.failed++;
    }

    @Override
    public void giveBack(Message message) {
      source.left++;
    }

    @Override
    public void closed(Stage stage, Optional<Reply> cause) {
      cause.ifPresent(reply -> System.out.println(stage + " " + reply));
      source.done.countDown();
    }
  }
}
