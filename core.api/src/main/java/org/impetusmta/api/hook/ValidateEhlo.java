package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/** Phase ehlo: HELO or EHLO was received. Runs on the session's loop. */
@ConsumerType
public interface ValidateEhlo {
  /**
   * @param line the whole command line without CRLF
   */
  Verdict validateEhlo(String line, AcceptConstruct connection);
}
