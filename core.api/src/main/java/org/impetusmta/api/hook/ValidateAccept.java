package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A connection was accepted; before phase connect. Runs on the session's loop. Source: hooks
 * core_validate_accept.
 */
@ConsumerType
public interface ValidateAccept {
  Verdict validateAccept(AcceptConstruct connection);
}
