package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A message was generated here ({@code Submission.generate}): the first phase that it passes,
 * before set_binding; its body may be edited. Runs on an event loop. Source: hooks
 * msg_gen_data_spool.
 */
@ConsumerType
public interface MsgGenDataSpool {
  Verdict msgGenDataSpool(Message message);
}
