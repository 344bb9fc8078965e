package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/** Chooses the domain whose queue a message waits in. Runs on any thread; may not block. */
@ConsumerType
public interface GetMessageRoutingDomain {
  /** The first answer wins; the recipient's domain where there is none. */
  Optional<String> getMessageRoutingDomain(Message message);
}
