package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Decides whether a message that failed for good is bounced. A null sender is never told anything,
 * whatever this says. Runs on the loop of the queue, or, for a recipient that was refused while
 * others were accepted, on a thread of a pool; may not block. The body need not be resident.
 */
@ConsumerType
public interface GenerateBounces {
  /** The first answer wins; {@code generate_bounces} where there is none. */
  Optional<Boolean> generateBounces(Message failed);
}
