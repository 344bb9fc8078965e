package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Phase data_spool_each_rcpt: called for each recipient's own message, before it is stored. Runs on
 * the session's loop.
 */
@ConsumerType
public interface ValidateDataSpoolEachRcpt {
  Verdict validateDataSpoolEachRcpt(Message message, AcceptConstruct connection);
}
