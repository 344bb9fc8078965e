package org.impetusmta.api.bounce;

import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Tells what replies and reports mean; an OSGi service. Asks the hooks {@code SmtpErrorClassify}
 * and {@code BounceErrorClassify} first, then its own rules. Concurrent; never blocks. Source:
 * bounce_logger.classification.codes.
 */
@ProviderType
public interface BounceClassifier {
  /**
   * What a reply means to an attempt to deliver.
   *
   * @param reply a peer's, or our own where there was none
   * @param stage how far the attempt had come; {@link Stage#UNKNOWN} if it is not known
   * @param domain the domain that was spoken to; may be empty
   */
  Classified classify(Reply reply, Stage stage, String domain);

  /** What mail that came to an address of {@code Bounce_Domains} is. */
  Classified classify(BounceReport report);

  /** Hooks may answer differently from now on; nothing that they answered is remembered. */
  void forget();
}
