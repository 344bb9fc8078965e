package org.impetusmta.api.hook;

import java.nio.ByteBuffer;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A whole command line came on an SMTP session, valid or not, and has not been looked at. Runs on
 * the session's loop. Source: hooks core_post_smtp_command.
 */
@ConsumerType
public interface PostSmtpCommand {
  /**
   * @param command the octets without CR LF, to be read during the call; that of AUTH may hold
   *     credentials
   */
  void postSmtpCommand(ByteBuffer command, AcceptConstruct connection);
}
