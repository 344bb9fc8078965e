package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.bounce.Classified;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A report of failed delivery needs a class. Called on any thread; may not block. Source: hooks
 * core_bounce_error_classify.
 */
@ConsumerType
public interface BounceErrorClassify {
  /** The first answer wins. */
  Optional<Classified> bounceErrorClassify(BounceReport report);
}
