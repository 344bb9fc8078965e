package org.impetusmta.core.reception;

import java.util.Optional;
import java.util.regex.Pattern;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * What becomes of reports of failed delivery that come back, by the domain that they come back to.
 * Immutable. Source: conf.ref.bounce_pattern, conf.ref.bounce_behavior.
 */
@OptionSet({Scopes.GLOBAL, Scopes.DOMAIN})
record BounceHandlingOptions(
    @Option(
            doc =
                "Which addresses in bounce_domains take reports of failed delivery; unset: all of"
                    + " them")
        Optional<Pattern> bouncePattern,
    @Option(value = "pass", doc = "Whether such a report is routed as mail or accepted and dropped")
        Behavior bounceBehavior) {
  /** What becomes of a report. */
  enum Behavior {
    PASS,
    BLACKHOLE
  }
}
