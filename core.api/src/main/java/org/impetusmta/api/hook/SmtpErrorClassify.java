package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.bounce.Classified;
import org.impetusmta.api.message.Reply;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A reply to an attempt to deliver needs a class. Called on any thread; may not block. What it
 * answers is remembered until {@code BounceClassifier.forget}. Source: hooks
 * core_smtp_error_classify.
 */
@ConsumerType
public interface SmtpErrorClassify {
  /**
   * The first answer wins.
   *
   * @param domain the domain that was spoken to, in lower case; may be empty
   */
  Optional<Classified> smtpErrorClassify(Reply reply, String domain);
}
