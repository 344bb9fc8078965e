package org.impetusmta.core.bounce;

import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
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
        Optional<String> mailerdaemon,
    @Option(
            doc =
                "Address that is told of failed mail without a sender, bounces among it; unset:"
                    + " nobody is")
        Optional<String> mdnFailuresNotify) {
  /** How much of the original a bounce carries. */
  public enum Original {
    NONE,
    HEADERS,
    ALL
  }

  /**
   * Looks at what no option type can.
   *
   * @throws ConfigException when mdn_failures_notify is no address
   */
  public static void check(BounceOptions options, String where) throws ConfigException {
    String address = options.mdnFailuresNotify().orElse("");
    if (!address.isEmpty() && !address.matches("[!-;=?-~]{1,64}@[!-;=?-~]{1,255}")) {
      throw new ConfigException(
          where + ": mdn_failures_notify is \"" + address + "\"; expected local-part@domain");
    }
  }
}
