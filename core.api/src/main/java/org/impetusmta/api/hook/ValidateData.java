package org.impetusmta.api.hook;

import org.impetusmta.api.reception.Transaction;
import org.osgi.annotation.versioning.ConsumerType;

/** Phase data: DATA was received, its octets not yet. Runs on the session's loop. */
@ConsumerType
public interface ValidateData {
  Verdict validateData(Transaction transaction);
}
