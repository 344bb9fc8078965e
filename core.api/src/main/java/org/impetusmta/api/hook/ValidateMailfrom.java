package org.impetusmta.api.hook;

import org.impetusmta.api.reception.Transaction;
import org.osgi.annotation.versioning.ConsumerType;

/** Phase mailfrom: MAIL FROM was received. Runs on the session's loop. */
@ConsumerType
public interface ValidateMailfrom {
  /** The sender is in the transaction. */
  Verdict validateMailfrom(Transaction transaction);
}
