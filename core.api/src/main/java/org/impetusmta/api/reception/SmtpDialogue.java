package org.impetusmta.api.reception;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** A session of the ESMTP listener as {@link SmtpExtension} sees it. Single: of the loop. */
@ProviderType
public interface SmtpDialogue {
  /** The connection. */
  AcceptConstruct connection();

  /** The transaction that is open. */
  Optional<Transaction> transaction();

  /**
   * The client is somebody else from here on: logs, header fields, relay rules and the options of
   * reception go by {@code client}. What EHLO offers, TLS and the listener's limits stay those of
   * the peer.
   */
  void client(InetSocketAddress client);

  /** This end is called {@code server} from here on. */
  void server(InetSocketAddress server);

  /** What the client called itself, as if it had said so at HELO or EHLO. */
  void greeting(String domain, boolean extended);
}
