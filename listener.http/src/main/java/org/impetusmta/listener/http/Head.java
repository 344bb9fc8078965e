package org.impetusmta.listener.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The head of a request, judged. Immutable. Source: RFC 9112, RFC 9110.
 *
 * @param wrong the status that it is refused with; 0: nothing is wrong with it
 * @param method as the client wrote it; {@code -} where it makes no sense
 * @param path as the client wrote it, without query
 * @param length octets of the body as they were announced; -1: not announced
 */
record Head(
    int wrong,
    String method,
    String path,
    HttpVersion version,
    Received.Target target,
    HttpHeaders headers,
    long length,
    boolean chunked,
    boolean keepAlive,
    boolean expectsContinue) {
  private static final Received.Target NOWHERE = new Received.Target("/", Map.of());

  static Head of(HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      return new Head(
          status(request.decoderResult().cause()),
          "-",
          "-",
          HttpVersion.HTTP_1_1,
          NOWHERE,
          request.headers(),
          -1,
          false,
          false,
          false);
    }
    Received.Target target = NOWHERE;
    int wrong = wrong(request);
    if (wrong == 0) {
      try {
        target = Received.Target.parse(request.uri());
      } catch (IllegalArgumentException e) {
        wrong = 400;
      }
    }
    int query = request.uri().indexOf('?');
    return new Head(
        wrong,
        request.method().name(),
        query < 0 ? request.uri() : request.uri().substring(0, query),
        request.protocolVersion(),
        target,
        request.headers(),
        wrong == 0 ? HttpUtil.getContentLength(request, -1L) : -1,
        HttpUtil.isTransferEncodingChunked(request),
        wrong == 0 && HttpUtil.isKeepAlive(request),
        request.headers().contains(HttpHeaderNames.EXPECT));
  }

  /** What a request is refused with that the decoder could not read. */
  static int status(Throwable cause) {
    return cause instanceof TooLongHttpLineException
        ? 414
        : cause instanceof TooLongHttpHeaderException ? 431 : 400;
  }

  private static int wrong(HttpRequest request) {
    HttpVersion version = request.protocolVersion();
    HttpHeaders headers = request.headers();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      return 505;
    }
    int hosts = headers.getAll(HttpHeaderNames.HOST).size();
    if (hosts > 1 || (hosts == 0 && version.equals(HttpVersion.HTTP_1_1))) {
      return 400; // RFC 9112 section 3.2
    }
    List<String> coding = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (!coding.isEmpty()) {
      if (version.equals(HttpVersion.HTTP_1_0)) {
        return 400; // section 6.1
      }
      if (coding.size() > 1 || !coding.getFirst().strip().equalsIgnoreCase("chunked")) {
        return 501;
      }
    }
    String expect = headers.get(HttpHeaderNames.EXPECT);
    return expect == null || expect.equalsIgnoreCase("100-continue") ? 0 : 417;
  }

  /** Whether octets follow that belong to it. */
  boolean hasBody() {
    return chunked || length > 0;
  }

  boolean headOnly() {
    return method.equals("HEAD");
  }

  /** The method that resources are asked for. */
  String asked() {
    return headOnly() ? "GET" : method;
  }

  /** The user's part of what a resource sees. */
  Received received(byte[] body, String remote, String listen, Optional<String> user) {
    return new Received(
        asked(), target.path(), target.query(), headers, body, remote, listen, user);
  }
}
