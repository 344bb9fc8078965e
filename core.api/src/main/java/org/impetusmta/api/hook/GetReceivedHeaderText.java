package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The Received header field of a message is about to be made. The first answer is followed. Runs on
 * the session's loop; may not block. Source: hooks core_get_received_header_text.
 */
@ConsumerType
public interface GetReceivedHeaderText {
  /**
   * What follows {@code Received:}, one line or several that are separated by LF and indented here.
   * A text with other control characters than LF and TAB fails, as a hook that throws does; octets
   * beyond ASCII become question marks. Empty: the text that it has without this hook.
   */
  Optional<String> getReceivedHeaderText(Message message, AcceptConstruct connection);
}
