package org.impetusmta.delivery.esmtp;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * What an operator can say about the outbound SMTP dialogue, per binding and domain. Immutable.
 *
 * <p>The manual has no option for two waits: the banner has {@code ehlo_timeout}, the answer to
 * DATA has {@code rcptto_timeout}, the answer to QUIT has {@code rset_timeout}.
 */
@OptionSet({Scopes.BINDING, Scopes.BINDING_GROUP, Scopes.DOMAIN, Scopes.GLOBAL})
public record EsmtpOptions(
    @Option(value = "300", min = 1, doc = "seconds to wait for a connection to be established")
        Duration connectTimeout,
    @Option(
            value = "300",
            min = 1,
            doc = "seconds to wait for the banner and for the answer to EHLO")
        Duration ehloTimeout,
    @Option(value = "300", min = 1, doc = "seconds to wait for the answer to MAIL FROM")
        Duration mailfromTimeout,
    @Option(value = "300", min = 1, doc = "seconds to wait for the answers to RCPT TO and DATA")
        Duration rcpttoTimeout,
    @Option(
            value = "600",
            min = 1,
            doc = "seconds to wait for progress while the body is sent, then for its confirmation")
        Duration bodyTimeout,
    @Option(value = "30", min = 1, doc = "seconds to wait for the answers to RSET and QUIT")
        Duration rsetTimeout,
    @Option(
            value = "__hostname__",
            doc =
                "the name in EHLO; __hostname__ is that of this machine, __message__ the domain of"
                    + " the first message's sender")
        String ehloHostname,
    @Option(
            name = "send_8bitmime",
            value = "no",
            doc = "whether to declare BODY=8BITMIME for 8-bit mail where the peer takes it")
        Send8BitMime send8BitMime,
    @Option(
            name = "transform_8bitmime_content",
            value = "ifneeded",
            doc =
                "what becomes of 8-bit content for a host that does not take it: sent as it is,"
                    + " encoded as far as MIME can, encoded or failed, or stripped of its 8th bits")
        Transform transform8BitMimeContent,
    @Option(
            value = "ifavailable",
            doc = "whether a message leaves in one BDAT where that saves a round trip")
        SendChunking sendChunking,
    @Option(
            value = "no",
            doc = "whether the client's address and name are passed on to the next host")
        Xclient xclient,
    @Option(
            value = "false",
            scopes = Scopes.GLOBAL,
            doc =
                "whether the kernel sends bodies from the file that they stayed in; needs"
                    + " use_mmap")
        boolean useSendfile,
    @Option(
            value = "0",
            scopes = Scopes.GLOBAL,
            min = 0,
            max = Integer.MAX_VALUE,
            unit = Option.Unit.SIZE,
            doc =
                "octets of an outbound connection's buffers in the operating system at most; 0: its"
                    + " own choice")
        int tcpBufferSize) {

  /** Values of {@code send_8bitmime}. */
  public enum Send8BitMime {
    NO,
    IFAVAILABLE
  }

  /** Values of {@code transform_8bitmime_content}. */
  public enum Transform {
    NO,
    IFNEEDED,
    STRICT,
    STRIP
  }

  /** Values of {@code send_chunking}. */
  public enum SendChunking {
    NO,
    IFAVAILABLE
  }

  /** Values of {@code xclient}. */
  public enum Xclient {
    NO,
    IFAVAILABLE,
    REQUIRED
  }
}
