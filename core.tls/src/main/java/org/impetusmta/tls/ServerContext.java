package org.impetusmta.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The context of inbound TLS connections with the same settings, and the sessions that clients can
 * resume. Concurrent.
 *
 * <p>The handshake proves that a client has the key of its certificate. Whether the certificate is
 * good is judged behind it ({@link ServerContexts#established}), for resumed sessions too.
 */
public final class ServerContext {
  private final ServerSettings settings;
  private final SslContext context;
  private final String @Nullable [] groups;
  private final long createdMillis;
  private final AtomicInteger inUse = new AtomicInteger();

  /**
   * Makes a context; reads files.
   *
   * @throws IOException when a file cannot be read, or the engine has nothing of what is asked for
   */
  ServerContext(ServerSettings settings, long nowMillis) throws IOException {
    this.settings = settings;
    this.createdMillis = nowMillis;
    TlsSettings common = settings.common();
    Path certificate =
        common.certificate().orElseThrow(() -> new IOException("tls_certificate is not set"));
    NamedKeys keys = new NamedKeys(certificate, common.key(), settings.named());
    SslContextBuilder builder =
        common.boringssl()
            ? SslContextBuilder.forServer(
                new OpenSslCachingX509KeyManagerFactory(new FixedKeys(keys)))
            : SslContextBuilder.forServer(keys);
    builder
        .sslProvider(common.boringssl() ? SslProvider.OPENSSL : SslProvider.JDK)
        .ciphers(common.usableSuites(), SupportedCipherSuiteFilter.INSTANCE)
        .protocols(common.protocols())
        .clientAuth(
            settings.requires()
                ? ClientAuth.REQUIRE
                : settings.asks() ? ClientAuth.OPTIONAL : ClientAuth.NONE)
        .trustManager(
            new JudgedLater(
                settings.clientCa().isPresent()
                    ? PemFile.certificates(settings.clientCa().get())
                    : List.of()));
    if (common.boringssl() && common.groups().isPresent()) {
      builder.option(OpenSslContextOption.GROUPS, common.groups().get().boringsslNames());
    }
    this.groups = common.boringssl() ? null : groups(settings);
    this.context = builder.build();
  }

  /** The groups of the Java platform's engine; null: its choice. */
  private static String @Nullable [] groups(ServerSettings settings) throws IOException {
    Optional<GroupList> wanted = settings.common().groups();
    if (settings.dhParameters().isEmpty()) {
      return wanted.map(GroupList::jdkNames).orElse(null);
    }
    List<String> names =
        new ArrayList<>(
            wanted
                .map(list -> List.of(list.jdkNames()))
                .orElse(List.of("x25519", "secp256r1", "secp384r1", "secp521r1")));
    names.removeIf(name -> name.startsWith("ffdhe"));
    names.add(DhParameters.group(settings.dhParameters().get()));
    return names.toArray(String[]::new);
  }

  ServerSettings settings() {
    return settings;
  }

  /** Whether clients are asked for a certificate. */
  boolean asks() {
    return settings.asks();
  }

  long createdMillis() {
    return createdMillis;
  }

  /** Connections that use it. */
  int inUse() {
    return inUse.get();
  }

  /**
   * Encrypts a connection from here on: what it has sent before leaves in clear text, what it
   * receives after is a handshake. Called on its loop.
   *
   * @param at who gets what was decrypted
   * @param limit how long the handshake may take
   * @return its handler; its future tells when the handshake is done
   */
  public SslHandler begin(ChannelHandlerContext at, Duration limit) {
    Channel channel = at.channel();
    SslHandler handler = handler(channel.alloc());
    handler.setHandshakeTimeoutMillis(limit.toMillis());
    inUse.incrementAndGet();
    channel.closeFuture().addListener(gone -> inUse.decrementAndGet());
    if (!settings.common().boringssl() && !settings.renegotiation()) {
      channel.pipeline().addBefore(at.name(), "renegotiation", new RenegotiationGuard());
    }
    channel.pipeline().addBefore(at.name(), "tls", handler);
    return handler;
  }

  private SslHandler handler(ByteBufAllocator allocator) {
    SslHandler handler = context.newHandler(allocator);
    if (groups != null) {
      SSLEngine engine = handler.engine();
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setNamedGroups(groups);
      engine.setSSLParameters(parameters);
    }
    return handler;
  }
}
