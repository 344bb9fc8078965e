package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.queue.DsnAction;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Writes the text for people that a delivery status notification begins with. Runs as {@link
 * GenerateBounces} does.
 */
@ConsumerType
public interface GenerateRfc3464MessagePreamble {
  /** The first answer wins; the core's own text where there is none. */
  Optional<Preamble> generateRfc3464MessagePreamble(Message original, DsnAction action);

  /**
   * A text.
   *
   * @param text lines separated by LF; whatever is in it, it stays in its part
   * @param complete whether the core's own text is left out
   */
  record Preamble(String text, boolean complete) {}
}
