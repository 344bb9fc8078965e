package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Phase data_spool: the whole body is here; called once for the message that all recipients share.
 * Runs on the session's loop.
 */
@ConsumerType
public interface ValidateDataSpool {
  /**
   * @param message the shared parent, whose recipient is the first one
   */
  Verdict validateDataSpool(Message message, AcceptConstruct connection);
}
