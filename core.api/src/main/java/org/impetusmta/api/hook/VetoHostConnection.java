package org.impetusmta.api.hook;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.impetusmta.api.message.Reply;
import org.osgi.annotation.versioning.ConsumerType;

/** A host was chosen for a new outbound connection. Runs on the loop of the queue. */
@ConsumerType
public interface VetoHostConnection {
  /**
   * Forbids the connection with the reply that its mail fails with (4xx or 5xx), or allows it with
   * an empty answer.
   *
   * @param domain the routing domain
   * @param host the host's name, or its address as text
   */
  Optional<Reply> vetoHostConnection(String domain, String host, InetSocketAddress address);
}
