package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/** Phase connect: a client connected, before the banner. Runs on the session's loop. */
@ConsumerType
public interface ValidateConnect {
  Verdict validateConnect(AcceptConstruct connection);
}
