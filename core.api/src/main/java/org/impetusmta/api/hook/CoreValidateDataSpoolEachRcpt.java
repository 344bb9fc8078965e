package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Every module has been asked in phase data_spool_each_rcpt of one message and none refused.
 * Whoever wants to refuse yet says so with {@code connection.validation()}. Runs on the session's
 * loop. Source: hooks core_validate_data_spool_each_rcpt.
 */
@ConsumerType
public interface CoreValidateDataSpoolEachRcpt {
  void coreValidateDataSpoolEachRcpt(Message message, AcceptConstruct connection);
}
