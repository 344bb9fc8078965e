package org.impetusmta.api.policy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Looks domains and URLs of a message up in a DNS list; an OSGi service of each stanza of module
 * url_ripper. Concurrent; called on the loop of the connection. Source: sieve.ref.ec_url_ripper.
 */
@ConsumerType
public interface UrlRipper {
  /** The instance name of its stanza. */
  String instance();

  /**
   * Looks up what is in header and body of the message, and counts hits in its dictionary.
   *
   * @return context key to the domains, URLs' hosts and addresses that are listed under it; empty
   *     where none is. Completed on the loop of the connection, never exceptionally
   */
  CompletionStage<Map<String, List<String>>> rip(Message message, AcceptConstruct connection);
}
