package org.impetusmta.core.bounce;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Options of bounces. Read-only. */
@OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
public record BounceOptions(
    @Option(value = "true", doc = "Whether the sender of failed mail is told")
        boolean generateBounces,
    @Option(value = "headers", doc = "How much of the original a bounce carries")
        Original bouncesInlineOriginal,
    @Option(doc = "Address that bounces are from; mailer-daemon at this host where it is unset")
        Optional<String> mailerdaemon) {
  /** How much of the original a bounce carries. */
  public enum Original {
    NONE,
    HEADERS,
    ALL
  }
}
