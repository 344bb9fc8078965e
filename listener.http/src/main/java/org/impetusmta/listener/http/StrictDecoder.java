package org.impetusmta.listener.http;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;

/**
 * Requests, as RFC 9112 wants them: lines end with CR LF, and who says both a length and chunks is
 * refused, since another server between may have believed the other (section 6.1). Single.
 */
final class StrictDecoder extends HttpRequestDecoder {
  StrictDecoder() {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(Limits.LINE)
            .setMaxHeaderSize(Limits.HEAD)
            .setMaxChunkSize(Limits.PROGRESS)
            .setStrictLineParsing(true));
  }

  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
  }
}
