package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Phase data_spool_each_rcpt of one message is over, {@link CoreValidateDataSpoolEachRcpt} too.
 * Runs on the session's loop. Source: hooks core_post_validate_data_spool_each_rcpt_v1.
 */
@ConsumerType
public interface PostValidateDataSpoolEachRcpt {
  void postValidateDataSpoolEachRcpt(Message message, AcceptConstruct connection);
}
