package org.impetusmta.testkit.smtp;

import java.net.InetSocketAddress;
import java.util.List;
import javax.net.ssl.SSLContext;

/** A server that transcripts are played against, one for each transcript. Single. */
public interface TranscriptServer extends AutoCloseable {
  /** Where it listens. */
  InetSocketAddress address();

  /** Does what a line {@code @words} of the transcript asks for. */
  void directive(String words) throws Exception;

  /**
   * What a client's TLS is made of; it takes every server.
   *
   * @param certificate the name of what the client shows; empty: nothing
   */
  default SSLContext clientTls(String certificate) throws Exception {
    throw new UnsupportedOperationException("a server without TLS");
  }

  /**
   * What came of the dialogue, a line each: the mail that was stored, the events that were logged.
   * Waits until every session is over.
   */
  List<String> results();

  @Override
  void close();

  /** Starts servers. */
  interface Factory {
    /**
     * @param config the lines {@code @config name = value} without their first word
     */
    TranscriptServer start(List<String> config) throws Exception;
  }
}
