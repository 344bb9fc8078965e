package org.impetusmta.core.bounce;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceReport;

/**
 * The fields of a delivery status that tell what became of one recipient; of several recipients, of
 * the first that failed. Stateless. Source: RFC 3464 section 2.3.
 */
final class DeliveryStatus {
  private String action = "";
  private String status = "";
  private String diagnostic = "";

  private DeliveryStatus() {}

  /**
   * What a report says.
   *
   * @param lines its content, continued lines joined
   */
  static Optional<BounceReport.Status> of(List<String> lines) {
    Optional<BounceReport.Status> first = Optional.empty();
    DeliveryStatus group = new DeliveryStatus();
    for (int i = 0; i <= lines.size(); i++) {
      String line = i < lines.size() ? lines.get(i) : "";
      if (!line.isEmpty() && !line.startsWith("--")) {
        group.take(line);
        continue;
      }
      Optional<BounceReport.Status> found = group.end();
      if (found.isPresent() && found.get().action().equals("failed")) {
        return found;
      }
      first = first.or(() -> found);
      group = new DeliveryStatus();
    }
    return first;
  }

  private void take(String line) {
    String lower = line.toLowerCase(Locale.ROOT);
    if (lower.startsWith("action:")) {
      action = word(lower.substring("action:".length()));
    } else if (lower.startsWith("status:")) {
      status = word(line.substring("status:".length()));
    } else if (lower.startsWith("diagnostic-code:")) {
      String value = line.substring("diagnostic-code:".length()).strip();
      int type = value.indexOf(';');
      diagnostic = value.substring(type + 1).strip();
    }
  }

  /** Comments in parentheses may follow. */
  private static String word(String value) {
    String word = value.strip();
    int end = 0;
    while (end < word.length() && !Character.isWhitespace(word.charAt(end))) {
      end++;
    }
    return word.substring(0, end);
  }

  private Optional<BounceReport.Status> end() {
    return action.isEmpty() || status.isEmpty()
        ? Optional.empty()
        : Optional.of(new BounceReport.Status(action, status, diagnostic));
  }
}
