package org.impetusmta.module.bounce_classifier_override;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.bounce.BounceClass;

/**
 * A rule of an operator: matches if its text is found in a reply, in any case of letters; {@code |}
 * stands for any characters. Immutable.
 *
 * @param domain in lower case; empty: all of them
 * @param text as it was written
 * @param pieces what must follow one another
 */
record OverrideRule(String domain, BounceClass bounceClass, String text, List<String> pieces) {
  static OverrideRule of(String domain, BounceClass bounceClass, String text) {
    List<String> pieces = new ArrayList<>();
    for (String piece : text.toLowerCase(Locale.ROOT).split("\\|", -1)) {
      if (!piece.isEmpty()) {
        pieces.add(piece);
      }
    }
    if (pieces.isEmpty()) {
      throw new IllegalArgumentException("rule \"" + text + "\": expected text to look for");
    }
    return new OverrideRule(
        domain.toLowerCase(Locale.ROOT), bounceClass, text, List.copyOf(pieces));
  }

  /** Whether it is found; {@code lower} is in lower case. */
  boolean matches(String lower) {
    int at = 0;
    for (String piece : pieces) {
      int found = lower.indexOf(piece, at);
      if (found < 0) {
        return false;
      }
      at = found + piece.length();
    }
    return true;
  }
}
