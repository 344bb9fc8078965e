package org.impetusmta.api.hook;

import org.impetusmta.api.message.Address;
import org.impetusmta.api.reception.Transaction;
import org.osgi.annotation.versioning.ConsumerType;

/** Phase rcptto: one RCPT TO was received. Runs on the session's loop. */
@ConsumerType
public interface ValidateRcptto {
  /**
   * @param recipient not yet among the transaction's recipients
   */
  Verdict validateRcptto(Address recipient, Transaction transaction);
}
