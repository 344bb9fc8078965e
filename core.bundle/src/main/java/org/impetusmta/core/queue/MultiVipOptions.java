package org.impetusmta.core.queue;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** What the server does about all bindings. Read-only. */
@OptionSet(Scopes.GLOBAL)
public record MultiVipOptions(
    @Option(
            value = "normal",
            doc =
                "What becomes of mail that no binding was chosen for: delivered, held, or refused"
                    + " for now")
        DefaultBinding defaultBinding,
    @Option(
            value = "disabled",
            doc =
                "Whether the addresses of all bindings are looked after, not of suspended ones"
                    + " alone")
        boolean bindingAutoReplumb,
    @Option(
            value = "60",
            min = 1,
            doc = "How often it is checked that the addresses of bindings are there")
        Duration bindingAutoReplumbInterval,
    @Option(
            value = "0",
            dynamic = false,
            doc = "Whether one look at the network interfaces serves all bindings of a check")
        boolean useIflistCache) {
  /** Values of {@code default_binding}. */
  public enum DefaultBinding {
    NORMAL,
    SUSPENDED,
    NONE
  }
}
