package org.impetusmta.api.timing;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A message was received or refused, or its client went away; called for each recipient by module
 * reception_timing. Runs on an event loop, in the order in which it happened in a session.
 */
@ConsumerType
public interface ReceptionTimed {
  void receptionTimed(ReceptionTiming timing);
}
