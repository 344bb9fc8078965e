package org.impetusmta.api.reception;

import java.net.InetAddress;
import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.InboundTls;
import org.osgi.annotation.versioning.ProviderType;

/** One inbound connection as policy sees it. Single: owned by the session's loop. */
@ProviderType
public interface AcceptConstruct {
  /** The connection id. */
  MessageId id();

  /** {@code esmtp}, {@code ecstream}, … */
  String protocol();

  /** The client as {@code ip:port}, {@code [ip6]:port}, or {@code unix}. */
  String remote();

  /** This end, in the same form. */
  String local();

  /** The client's address; empty on a Unix socket. */
  Optional<InetAddress> remoteAddress();

  /** The generation that the session pinned. */
  Generation generation();

  /** The connection dictionary. */
  Context context();

  /** The loop that owns the session and all of its objects. */
  EventLoop loop();

  /** What policy can do to the session beside its verdicts. */
  ValidationContext validation();

  /** The name that the client gave at HELO or EHLO; empty before. */
  String ehloDomain();

  /** TLS on this connection; empty while it is in clear text. */
  Optional<InboundTls> tls();

  /**
   * Has {@code task} run on the loop when the client sends before it was greeted (RFC 5321 section
   * 4.3.1), at once where it has already; not at all where it does not, or the protocol knows no
   * greeting.
   */
  default void whenTalkedEarly(Runnable task) {}
}
