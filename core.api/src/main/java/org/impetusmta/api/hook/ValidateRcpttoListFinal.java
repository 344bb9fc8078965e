package org.impetusmta.api.hook;

import org.impetusmta.api.reception.Transaction;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Phase rcptto_list_final: what {@link ValidateRcpttoList} left of the list is what content is
 * asked for. A refusal refuses the transaction. Runs on the session's loop.
 */
@ConsumerType
public interface ValidateRcpttoListFinal {
  Verdict validateRcpttoListFinal(Transaction transaction);
}
