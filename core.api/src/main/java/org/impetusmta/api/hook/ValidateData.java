package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Phase data: the final dot has come; called once for the message that all recipients share, before
 * {@link ValidateDataSpool}. Header and body may be edited, recipients added and removed. Runs on
 * the session's loop. Source: implementing.policy.scriptlets.
 */
@ConsumerType
public interface ValidateData {
  /**
   * @param message the shared parent, whose recipient is the first one
   */
  Verdict validateData(Message message, AcceptConstruct connection);
}
