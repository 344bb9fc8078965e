package org.impetusmta.spool.layer;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.impetusmta.api.hook.SpoolEncoding;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.spool.Engine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes bodies as a {@link SpoolEncoding} says, off the loops, and decodes what is read by what
 * is written beside it, whichever modules are loaded. Where encoding fails, or does not make a body
 * smaller, it is stored as it is. A body that cannot be decoded now is an IOException, so its
 * message waits. Concurrent.
 */
public final class EncodingLayer extends Layer {
  private static final Logger LOG = LoggerFactory.getLogger(EncodingLayer.class);

  private final Engine engine;
  private final Supplier<List<SpoolEncoding>> hooks;
  private final Encodings encodings;
  private final Executor pool;
  private final Set<Encoding> underWay = ConcurrentHashMap.newKeySet();

  /** A store whose body is being encoded; equal to itself alone. */
  private static final class Encoding {
    final CompletableFuture<Void> handedOn = new CompletableFuture<>();
  }

  /**
   * @param pool where bodies are encoded
   */
  public EncodingLayer(
      Engine engine, Supplier<List<SpoolEncoding>> hooks, Encodings encodings, Executor pool) {
    super(engine);
    this.engine = engine;
    this.hooks = hooks;
    this.encodings = encodings;
    this.pool = pool;
  }

  @Override
  public void store(
      List<Envelope> envelopes,
      AttemptState state,
      Body body,
      EventLoop loop,
      StoreListener listener) {
    String scheme = scheme(body.length());
    if (scheme.isEmpty() || envelopes.isEmpty()) {
      engine.store(envelopes, state, body, loop, listener);
      return;
    }
    Encoding encoding = new Encoding();
    underWay.add(encoding);
    try {
      pool.execute(
          () -> {
            try {
              engine.store(envelopes, state, encoded(scheme, body), loop, listener);
            } catch (RuntimeException e) {
              loop.execute(() -> listener.failed(new IOException(e.toString(), e)));
            } finally {
              handedOn(encoding);
            }
          });
    } catch (RejectedExecutionException e) {
      LOG.warn("no thread to encode a body: it is stored as it is: {}", e.toString());
      handedOn(encoding);
      engine.store(envelopes, state, body, loop, listener);
    }
  }

  private void handedOn(Encoding encoding) {
    underWay.remove(encoding);
    encoding.handedOn.complete(null);
  }

  /** Empty: none. */
  private String scheme(int octets) {
    for (SpoolEncoding hook : hooks.get()) {
      try {
        String scheme = hook.encoding(octets).orElse("");
        if (Encodings.known(scheme)) {
          return scheme;
        }
        if (!scheme.isEmpty()) {
          LOG.error("{} asks for the encoding {}, which is unknown", hook, scheme);
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed: the body is stored as it is", hook, e);
      }
    }
    return "";
  }

  private EncodedBody encoded(String scheme, Body body) {
    try {
      Optional<EncodedBody> encoded = encodings.encode(scheme, body);
      return encoded.orElseGet(() -> EncodedBody.plain(body));
    } catch (IOException e) {
      LOG.error("a body is stored as it is, for it cannot be encoded: {}", e.getMessage(), e);
      return EncodedBody.plain(body);
    }
  }

  @Override
  public Body read(SpoolEntry entry) throws IOException {
    return decoded(entry, engine.readEncoded(entry));
  }

  /** A body that is not encoded may stay in its file. */
  @Override
  public Body swapIn(SpoolEntry entry) throws IOException {
    return decoded(entry, engine.swapInEncoded(entry));
  }

  private Body decoded(SpoolEntry entry, EncodedBody body) throws IOException {
    try {
      return encodings.decode(body);
    } catch (IOException e) {
      // not a SpoolException: what is stored is as it was, another try may succeed
      throw new IOException("message " + entry.id() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void sync() throws IOException {
    try {
      CompletableFuture.allOf(
              underWay.stream().map(e -> e.handedOn).toArray(CompletableFuture<?>[]::new))
          .get();
    } catch (ExecutionException e) {
      throw new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while bodies were encoded", e);
    }
    super.sync();
  }
}
