package org.impetusmta.api.hook;

import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Policy may set {@code outbound_smtp_auth_type}, {@code _user} and {@code _pass} in the dictionary
 * of a message before they are looked at. Called on the delivery's loop; may not block. Source:
 * modules.outbound_smtp_auth.
 */
@ConsumerType
public interface OutboundSmtpAuthConfig {
  /**
   * @param key what {@code outbound_smtp_auth_key} says for the binding and domain; may be empty
   */
  void outboundSmtpAuthConfig(Message message, String key);
}
