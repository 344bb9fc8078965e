package org.impetusmta.api.hook;

import org.impetusmta.api.reception.Transaction;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Phase rcptto_list: the client has named its recipients and announces the content; nothing of it
 * has been read. The list may be changed with {@code connection().validation()}. A refusal refuses
 * the transaction. Runs on the session's loop.
 */
@ConsumerType
public interface ValidateRcpttoList {
  Verdict validateRcpttoList(Transaction transaction);
}
