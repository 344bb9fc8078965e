package org.impetusmta.core.route;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.dnssec.ValidatingResolver;

/**
 * DNSSEC validation (RFC 4035) on this side of the servers, whatever they say of it themselves: the
 * AD bit of what comes out means that this process has checked the signatures from a trust anchor
 * down; SERVFAIL means that they are wrong. Trust anchors are those of {@code
 * dnssec_trust_anchors}, else the root's, which are shipped. The servers must hand DNSSEC records
 * through. Stateless.
 */
final class Validation {
  private static final String ROOT = "root-anchors";

  private Validation() {}

  /**
   * A resolver that validates what {@code servers} say. Reads the anchors; blocks.
   *
   * @param servers for this alone: their EDNS options are set
   * @throws IOException when the anchors cannot be read
   */
  static Resolver over(Resolver servers, Optional<String> anchors, InstantSource clock)
      throws IOException {
    ValidatingResolver validating =
        new ValidatingResolver(new Answering(servers), clock.withZone(ZoneOffset.UTC));
    // the reason would be added as a TXT record of no class that anybody knows
    validating.setAddReasonToAdditional(false);
    try (InputStream in = open(anchors)) {
      validating.loadTrustAnchors(in);
    }
    if (validating.getTrustAnchors().items().isEmpty()) {
      throw new IOException("dnssec_trust_anchors: found no DS or DNSKEY record");
    }
    return validating;
  }

  private static InputStream open(Optional<String> anchors) throws IOException {
    if (anchors.isPresent()) {
      return Files.newInputStream(Path.of(anchors.get()));
    }
    InputStream root = Validation.class.getResourceAsStream(ROOT);
    if (root == null) {
      throw new FileNotFoundException(ROOT);
    }
    return root;
  }

  /**
   * Servers whose failures are failures of the question: what validation makes of SERVFAIL is not
   * mistaken for theirs.
   */
  private record Answering(Resolver servers) implements Resolver {
    @Override
    public CompletionStage<Message> sendAsync(Message query) {
      return servers.sendAsync(query).thenCompose(Answering::answered);
    }

    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor executor) {
      return servers.sendAsync(query, executor).thenCompose(Answering::answered);
    }

    private static CompletionStage<Message> answered(Message said) {
      return said.getRcode() == Rcode.NOERROR || said.getRcode() == Rcode.NXDOMAIN
          ? CompletableFuture.completedFuture(said)
          : CompletableFuture.failedFuture(
              new IOException("the server said " + Rcode.string(said.getRcode())));
    }

    @Override
    public void setPort(int port) {
      servers.setPort(port);
    }

    @Override
    public void setTCP(boolean flag) {
      servers.setTCP(flag);
    }

    @Override
    public void setIgnoreTruncation(boolean flag) {
      servers.setIgnoreTruncation(flag);
    }

    @Override
    public void setEDNS(int version, int payloadSize, int flags, List<EDNSOption> options) {
      servers.setEDNS(version, payloadSize, flags, options);
    }

    @Override
    public void setTSIGKey(TSIG key) {
      servers.setTSIGKey(key);
    }

    @Override
    public Duration getTimeout() {
      return servers.getTimeout();
    }

    @Override
    public void setTimeout(Duration timeout) {
      servers.setTimeout(timeout);
    }
  }
}
