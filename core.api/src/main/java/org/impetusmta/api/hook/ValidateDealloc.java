package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A session is over: what a module keeps for it, under the connection's id, can be forgotten.
 * Called of the modules that were asked in one of its phases. Runs on the session's loop. Source:
 * implementing.policy.scriptlets.
 */
@ConsumerType
public interface ValidateDealloc {
  void validateDealloc(AcceptConstruct connection);
}
