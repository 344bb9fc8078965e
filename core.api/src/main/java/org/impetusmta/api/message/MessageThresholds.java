package org.impetusmta.api.message;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * From which size on messages are treated otherwise, octets in wire form. Immutable. Source:
 * conf.ref.large_message_threshold, conf.ref.legacy_message_threshold,
 * conf.ref.mime_parse_large_messages_during_reception.
 */
@OptionSet(Scopes.GLOBAL)
public record MessageThresholds(
    @Option(
            value = "131072",
            min = 0,
            unit = Option.Unit.SIZE,
            doc =
                "A message with more octets is large: its body leaves memory once it is stored,"
                    + " and suppress_spool does not hold it")
        long largeMessageThreshold,
    @Option(
            value = "1048576",
            min = 0,
            unit = Option.Unit.SIZE,
            doc =
                "A message with more octets is not handed to policy in one piece: whoever asks for"
                    + " it defers the mail with 421")
        long legacyMessageThreshold,
    @Option(
            value = "true",
            doc =
                "Whether the parts of a large message are looked for, in the pool CPU, before"
                    + " policy gets it; else when policy asks for them, in its thread")
        boolean mimeParseLargeMessagesDuringReception) {

  /** Whether a message of {@code octets} is large. */
  public boolean isLarge(int octets) {
    return octets > largeMessageThreshold;
  }
}
