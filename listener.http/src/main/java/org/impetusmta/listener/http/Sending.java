package org.impetusmta.listener.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.OutputStream;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.http.HttpResource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a resource answer and sends it, on a thread of the pool: what is long leaves in parts, each
 * once the client has taken the one before. Single.
 */
final class Sending implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Sending.class);

  private final HttpConnection connection;
  private final Exchange exchange;
  private final Received request;
  private final boolean keepAlive;

  Sending(HttpConnection connection, Exchange exchange, Received request, boolean keepAlive) {
    this.connection = connection;
    this.exchange = exchange;
    this.request = request;
    this.keepAlive = keepAlive;
  }

  @Override
  public void run() {
    HttpAnswer answer = answer();
    try {
      send(answer);
    } catch (IOException gone) {
      LOG.debug("the answer to {} broke off: {}", request.remote(), gone.toString());
      broken(answer.status());
    } catch (RuntimeException failed) {
      LOG.error("the answer of {} broke off", exchange.head().target().path(), failed);
      broken(answer.status());
    }
  }

  private void broken(int status) {
    channel().eventLoop().execute(() -> connection.broken(exchange, status));
  }

  /** A module may do what it likes: the client gets an answer. */
  private HttpAnswer answer() {
    HttpResource resource = exchange.resource();
    try {
      if (resource != null) {
        return resource.answer(request);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (Exception | LinkageError failed) {
      LOG.error("{} failed", exchange.head().target().path(), failed);
    }
    return plain(500);
  }

  private static HttpAnswer plain(int status) {
    return HttpAnswer.of(
        status, HttpAnswer.TEXT, HttpResponseStatus.valueOf(status).reasonPhrase() + "\n");
  }

  private Channel channel() {
    return connection.at().channel();
  }

  private void send(HttpAnswer answer) throws IOException {
    OptionalLong length = answer.content().length();
    boolean chunks =
        length.isEmpty()
            && bodyAllowed(answer.status())
            && exchange.head().version().equals(HttpVersion.HTTP_1_1)
            && !connection.options().disableChunked();
    boolean head = exchange.head().headOnly();
    boolean keep = keepAlive && (length.isPresent() || chunks || head);
    HttpResponse response = response(answer, length, chunks && !head, keep);
    Parts parts = new Parts(response, length.orElse(-1));
    if (!head && bodyAllowed(answer.status())) {
      answer.content().writeTo(parts);
    }
    parts.finish(head || !bodyAllowed(answer.status()));
    parts.last.addListener(
        done -> {
          if (done.isSuccess()) {
            connection.answered(exchange, answer.status(), keep);
          } else {
            connection.broken(exchange, answer.status());
          }
        });
  }

  private static boolean bodyAllowed(int status) {
    return status != 204 && status != 304;
  }

  private static HttpResponse response(
      HttpAnswer answer, OptionalLong length, boolean chunks, boolean keep) {
    HttpResponse response =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()));
    HttpHeaders fields = response.headers();
    fields.set(
        HttpHeaderNames.DATE,
        DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
    fields.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
    fields.set("X-Content-Type-Options", "nosniff");
    for (Map.Entry<String, String> field : answer.headers().entrySet()) {
      fields.set(field.getKey(), field.getValue());
    }
    fields.remove(HttpHeaderNames.CONTENT_LENGTH);
    fields.remove(HttpHeaderNames.TRANSFER_ENCODING);
    if (length.isPresent() && bodyAllowed(answer.status())) {
      fields.set(HttpHeaderNames.CONTENT_LENGTH, length.getAsLong());
    } else if (chunks) {
      fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    fields.set(
        HttpHeaderNames.CONNECTION, keep ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
    return response;
  }

  /**
   * Answers without a resource, on the loop.
   *
   * @param field a field of the head, one for each of {@code values}
   */
  static void refuse(
      HttpConnection connection,
      Exchange exchange,
      int status,
      String field,
      List<String> values,
      boolean keep) {
    HttpAnswer answer = plain(status);
    Channel channel = connection.at().channel();
    HttpResponse response = response(answer, answer.content().length(), false, keep);
    values.forEach(value -> response.headers().add(field, value));
    channel.write(response);
    if (!exchange.head().headOnly()) {
      byte[] text =
          (HttpResponseStatus.valueOf(status).reasonPhrase() + "\n")
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      channel.write(new DefaultHttpContent(Unpooled.wrappedBuffer(text)));
    }
    channel
        .writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
        .addListener(done -> connection.answered(exchange, status, keep && done.isSuccess()));
  }

  /** Gathers octets and sends them in parts; the head leaves with the first. */
  private final class Parts extends OutputStream {
    private @Nullable HttpResponse head;
    private final long announced;
    private long written;
    private ByteBuf gathered = Unpooled.buffer(1024, Limits.PROGRESS);

    /** What was sent last. */
    private ChannelFuture last = channel().newSucceededFuture();

    Parts(HttpResponse head, long announced) {
      this.head = head;
      this.announced = announced;
    }

    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int from, int count) throws IOException {
      written += count;
      if (announced >= 0 && written > announced) {
        throw new IllegalStateException("more octets than were announced: " + announced);
      }
      int at = from;
      int left = count;
      while (left > 0) {
        int step = Math.min(left, Limits.PROGRESS - gathered.readableBytes());
        gathered.writeBytes(octets, at, step);
        at += step;
        left -= step;
        if (gathered.readableBytes() == Limits.PROGRESS) {
          part();
        }
      }
    }

    /** Waits for the part before, and sends what there is. */
    private void part() throws IOException {
      taken();
      head();
      last = channel().writeAndFlush(new DefaultHttpContent(gathered));
      last.addListener(_ -> connection.watch());
      gathered = Unpooled.buffer(1024, Limits.PROGRESS);
    }

    private void head() {
      HttpResponse first = head;
      if (first != null) {
        head = null;
        int status = first.status().code();
        channel().eventLoop().execute(() -> connection.began(status));
        channel().write(first);
      }
    }

    private void taken() throws IOException {
      try {
        last.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("the server stops", e);
      }
      if (!last.isSuccess()) {
        throw new IOException("the client is gone", last.cause());
      }
    }

    void finish(boolean empty) throws IOException {
      if (!empty && announced >= 0 && written != announced) {
        throw new IllegalStateException(
            "%d octets, but %d were announced".formatted(written, announced));
      }
      taken();
      head();
      if (gathered.isReadable()) {
        channel().write(new DefaultHttpContent(gathered));
      }
      last = channel().writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }
}
