package org.impetusmta.delivery.ecstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.EgressProxy;
import org.impetusmta.api.delivery.ProxyFailure;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.ecstream.EcStreamException;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameCodec;
import org.impetusmta.api.ecstream.FrameReader;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.net.ByProxy;
import org.impetusmta.net.Deadline;
import org.impetusmta.net.Sockets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One outbound ECStream connection: HELLO, WELCOME, then messages, as many under way as the server
 * allows, each answered by its RESULT. What was sent and has no result when the connection breaks
 * failed for now, for the server may have taken it; when the server says BYE it was not taken and
 * goes back. Single: confined to the delivery's loop.
 */
final class EcStreamConnection extends ChannelInboundHandlerAdapter implements DeliveryConnection {
  private static final Logger LOG = LoggerFactory.getLogger(EcStreamConnection.class);
  private static final Reply TIMEOUT = new Reply(450, "4.4.1", "[internal] Connection Timed Out");
  private static final Reply CLOSED =
      new Reply(451, "4.4.2", "[internal] connection closed by remote host");
  private static final Reply MALFORMED =
      new Reply(451, "4.4.2", "[internal] malformed response from remote host");
  private static final Reply TOO_LARGE =
      new Reply(552, "5.3.4", "[internal] message is larger than the remote host takes");
  private static final Reply TOO_LONG = new Reply(553, "5.1.3", "[internal] address too long");
  private static final Reply NEEDS_TLS =
      new Reply(550, "5.7.30", "[internal] REQUIRETLS support required");
  private static final Reply NEEDS_SMTPUTF8 =
      new Reply(550, "5.6.7", "[internal] SMTPUTF8 support required");

  private final Delivery delivery;
  private final EcStreamOptions options;
  private final String name;
  private final Deadline deadline;
  private final FrameReader reader = new FrameReader(0, 0);
  private final Map<Integer, List<Message>> underWay = new LinkedHashMap<>();
  private @Nullable Channel channel;
  private Frame.@Nullable Welcome limits;
  private long octets;
  private int sequence;
  private boolean starving;
  private boolean quitting;
  private boolean closed;
  private boolean filling;
  private Stage stage = Stage.NOT_CONNECTED;

  EcStreamConnection(Delivery delivery, String name) {
    this.delivery = delivery;
    this.options = delivery.options(EcStreamOptions.class);
    this.name = name;
    this.deadline =
        new Deadline(
            delivery.loop(), () -> broken(stage == Stage.NOT_CONNECTED ? TIMEOUT : CLOSED));
  }

  /**
   * Begins to connect.
   *
   * @param proxy the way there, where it is not straight
   */
  void connect(Optional<EgressProxy> proxy) {
    InetSocketAddress to =
        new InetSocketAddress(delivery.address().getAddress(), options.ecstreamPort());
    io.netty.channel.EventLoop loop = delivery.loop().unwrap(io.netty.channel.EventLoop.class);
    ChannelFuture connecting =
        proxy.isPresent()
            ? ByProxy.connect(loop, proxy.get(), to, options.ecstreamTimeout(), this)
            : Sockets.connect(loop, Optional.empty(), to, options.ecstreamTimeout(), this);
    channel = connecting.channel();
    connecting.addListener(
        done -> {
          Throwable cause = done.cause();
          if (cause != null) {
            delivery.loop().execute(() -> notConnected(cause));
          }
        });
  }

  private void notConnected(Throwable cause) {
    LOG.debug("{}: {}", delivery.host(), cause.toString());
    if (cause instanceof ProxyFailure failure) {
      delivery.hostIsBlameless();
      close(Stage.NOT_CONNECTED, Optional.of(failure.reply()));
      return;
    }
    close(
        Stage.NOT_CONNECTED,
        Optional.of(
            cause instanceof io.netty.channel.ConnectTimeoutException
                ? TIMEOUT
                : new Reply(451, "4.4.1", "[internal] Connection refused")));
  }

  @Override
  public void wake() {
    if (starving && !closed) {
      fill();
    }
  }

  @Override
  public void quit() {
    quitting = true;
    if (limits == null) {
      close(stage, Optional.empty());
    } else if (underWay.isEmpty() && !filling) {
      bye();
    }
  }

  private void bye() {
    Channel open = channel;
    if (open != null && !closed) {
      open.writeAndFlush(wrap(new Frame.Bye(new Reply(221, "2.0.0", "bye"))));
    }
    close(Stage.IDLE, Optional.empty());
  }

  @Override
  public Stage stage() {
    return stage;
  }

  // ---- the channel's side

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (closed) {
      context.close();
      return;
    }
    stage = Stage.BANNER;
    deadline.in(options.ecstreamTimeout());
    context.writeAndFlush(wrap(new Frame.Hello(FrameCodec.VERSION, name)));
    delivery.connected();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object input) {
    ByteBuf in = (ByteBuf) input;
    try {
      for (ByteBuffer some : in.nioBuffers()) {
        while (!closed && some.hasRemaining()) {
          Optional<Frame> frame = reader.read(some);
          if (frame.isPresent()) {
            arrived(frame.get());
          }
        }
      }
    } catch (EcStreamException e) {
      LOG.debug("{}: {}", delivery.host(), e.getMessage());
      broken(MALFORMED);
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (limits != null && !closed) {
      fill();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (limits != null && !closed && context.channel().isWritable()) {
      delivery.loop().execute(this::fill);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (stage == Stage.IDLE && underWay.isEmpty()) {
      close(Stage.IDLE, Optional.empty());
    } else {
      broken(CLOSED);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("{}: {}", delivery.host(), cause.toString());
    } else {
      LOG.error("delivery to {} failed", delivery.host(), cause);
    }
    broken(CLOSED);
  }

  private void arrived(Frame frame) throws EcStreamException {
    switch (frame) {
      case Frame.Welcome welcome when limits == null && welcome.version() == FrameCodec.VERSION -> {
        limits = welcome;
        stage = Stage.IDLE;
        deadline.clear();
      }
      case Frame.Result result when limits != null -> result(result);
      case Frame.Bye bye -> served(bye.reply());
      default -> throw new EcStreamException("out of step: " + frame.getClass().getSimpleName());
    }
  }

  private void result(Frame.Result result) throws EcStreamException {
    List<Message> messages = underWay.get(result.sequence());
    int count = result.replies().size();
    if (messages == null || (count != 1 && count != messages.size())) {
      throw new EcStreamException("a result for nothing that was asked");
    }
    underWay.remove(result.sequence());
    int size = messages.getFirst().size();
    octets -= size;
    if (underWay.isEmpty()) {
      stage = Stage.IDLE;
      deadline.clear();
    } else {
      deadline.in(options.ecstreamTimeout());
    }
    for (int i = 0; i < messages.size(); i++) {
      Message message = messages.get(i);
      Reply reply = result.replies().get(count == 1 ? 0 : i);
      message.body().letGo();
      if (reply.isPositive()) {
        delivery.delivered(message, reply, size);
      } else {
        delivery.failed(message, Stage.CONFIRMATION, reply, size);
      }
    }
  }

  /** The server serves no more: what has no result was not taken. */
  private void served(Reply reply) {
    boolean began = limits != null;
    giveBack();
    close(
        began ? Stage.IDLE : Stage.BANNER,
        began || quitting ? Optional.empty() : Optional.of(reply.isPositive() ? CLOSED : reply));
  }

  // ---- mail

  private void fill() {
    Frame.Welcome allowed = limits;
    Channel to = channel;
    if (allowed == null || to == null || closed || filling) {
      return;
    }
    filling = true;
    starving = false;
    boolean written = false;
    try {
      while (!quitting
          && !closed
          && to.isWritable()
          && underWay.size() < allowed.messages()
          && (underWay.isEmpty() || octets < allowed.octets())) {
        Optional<Message> next = delivery.next();
        if (next.isEmpty()) {
          starving = true;
          break;
        }
        written |= send(next.get(), allowed, to);
      }
    } finally {
      filling = false;
    }
    if (written) {
      to.flush();
    }
    if (quitting && underWay.isEmpty() && !closed) {
      bye();
    }
  }

  private boolean send(Message first, Frame.Welcome allowed, Channel to) {
    if (first.size() > allowed.messageSize()) {
      delivery.failed(first, Stage.IDLE, TOO_LARGE, 0);
      return false;
    }
    Optional<Reply> objection = objection(first);
    if (objection.isPresent()) {
      delivery.failed(first, Stage.IDLE, objection.get(), 0);
      return false;
    }
    List<Message> messages = new ArrayList<>(1);
    messages.add(first);
    int most = Math.min(allowed.recipients(), FrameCodec.MOST_RECIPIENTS);
    while (messages.size() < most) {
      Optional<Message> sibling = delivery.sibling(first);
      if (sibling.isEmpty()) {
        break;
      }
      Optional<Reply> never = objection(sibling.get());
      if (never.isPresent()) {
        delivery.failed(sibling.get(), Stage.IDLE, never.get(), 0);
      } else {
        messages.add(sibling.get());
      }
    }
    Body body = first.body();
    messages.forEach(message -> message.body().hold());
    List<Address> recipients = messages.stream().map(Message::recipient).toList();
    int number = sequence++;
    stage = Stage.CONFIRMATION;
    if (underWay.isEmpty()) {
      deadline.in(options.ecstreamTimeout());
    }
    underWay.put(number, messages);
    octets += first.size();
    to.write(
        Unpooled.wrappedBuffer(
            FrameCodec.submitHead(
                number, first.eightBitMime(), first.sender(), recipients, body.length())));
    for (int i = 0; i < body.segments(); i++) {
      to.write(Unpooled.wrappedBuffer(body.segment(i), 0, body.segmentLength(i)));
    }
    return true;
  }

  /** Why a message cannot leave this way, which has no TLS and knows ASCII addresses alone. */
  private static Optional<Reply> objection(Message message) {
    if (message.requireTls()) {
      return Optional.of(NEEDS_TLS);
    }
    if (!isAscii(message.recipient()) || !isAscii(message.sender()) || utf8(message)) {
      return Optional.of(NEEDS_SMTPUTF8);
    }
    return length(message.recipient()) > FrameCodec.LONGEST_ADDRESS
            || length(message.sender()) > FrameCodec.LONGEST_ADDRESS
        ? Optional.of(TOO_LONG)
        : Optional.empty();
  }

  /** Whether its sender asked for SMTPUTF8 (RFC 6531): its header may need it as well. */
  private static boolean utf8(Message message) {
    return message.context().get("smtputf8").isPresent();
  }

  private static int length(Address address) {
    return address.localpart().length() + 1 + address.domain().length();
  }

  private static boolean isAscii(Address address) {
    return isAscii(address.localpart()) && isAscii(address.domain());
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static ByteBuf wrap(Frame frame) {
    return Unpooled.wrappedBuffer(FrameCodec.encode(frame));
  }

  // ---- ends

  private void giveBack() {
    List<List<Message>> all = new ArrayList<>(underWay.values());
    underWay.clear();
    for (List<Message> messages : all.reversed()) {
      for (Message message : messages.reversed()) {
        message.body().letGo();
        delivery.giveBack(message);
      }
    }
  }

  /** What is under way may have been taken, or not. */
  private void broken(Reply reply) {
    Stage where = stage;
    List<List<Message>> all = new ArrayList<>(underWay.values());
    underWay.clear();
    for (List<Message> messages : all) {
      for (Message message : messages) {
        message.body().letGo();
        delivery.failed(message, where, reply, 0);
      }
    }
    close(where, Optional.of(reply));
  }

  private void close(Stage where, Optional<Reply> cause) {
    if (closed) {
      return;
    }
    closed = true;
    deadline.close();
    giveBack();
    Channel socket = channel;
    if (socket != null) {
      // behind what was written
      socket.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> socket.close());
    }
    delivery.closed(where, cause);
  }
}
