package org.impetusmta.api.reception;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.osgi.annotation.versioning.ProviderType;

/** Takes mail that a module makes itself; an OSGi service of the core. Concurrent. */
@ProviderType
public interface Submission {
  /**
   * Binds the message ({@code ValidateSetBinding}), stores it and queues it, as is done with
   * notifications; no other phase runs. It is logged as a reception with protocol {@code internal}.
   *
   * @param body header and content in wire form, whole: nothing is added
   * @param context what its message dictionary begins with
   * @return its id once it is durable; completed exceptionally where the spool cannot store it
   */
  CompletableFuture<MessageId> submit(
      Address sender, Address recipient, Body body, Map<String, String> context);
}
