package org.impetusmta.bounce;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.testkit.Inventory;
import org.junit.jupiter.api.Test;

/**
 * Every row of the inventory of classes: it is there under that name and category, and something is
 * classified so.
 */
final class CodesCoverageTest {
  /** A reply for each class that replies have. */
  private static final Map<Integer, String> REPLIES =
      Map.ofEntries(
          Map.entry(1, "550 4711-x"),
          Map.entry(10, "550 5.1.1 no such user"),
          Map.entry(20, "554 5.4.6 too many hops"),
          Map.entry(21, "454 4.4.4 [internal] no MX or A for domain"),
          Map.entry(22, "552 5.2.2 mailbox full"),
          Map.entry(23, "552 5.3.4 message size exceeds limit"),
          Map.entry(24, "554 5.4.7 [internal] exceeded max time without delivery"),
          Map.entry(25, "554 5.7.0 [internal] Message manually purged"),
          Map.entry(40, "554 transaction failed"),
          Map.entry(50, "550 5.7.1 rejected by local policy"),
          Map.entry(51, "550 5.7.1 client [192.0.2.1] blocked using zen.spamhaus.org"),
          Map.entry(52, "550 5.7.1 message identified as spam"),
          Map.entry(53, "552 5.7.0 attachment type not allowed"),
          Map.entry(54, "550 5.7.1 relaying denied"),
          Map.entry(70, "451 4.7.1 greylisted"));

  /** Header and text of a mail for each class that only mail has that came back. */
  private static final Map<Integer, String> REPORTS =
      Map.of(
          30, "From: MAILER-DAEMON@example.net\nSubject: Undelivered mail",
          60, "Subject: Out of office: hello\nAuto-Submitted: auto-replied",
          80, "Subject: subscribe",
          90, "Subject: Unsubscribe",
          100,
              "Subject: please confirm\n\n"
                  + "This mailbox is protected by a spam filter, confirm once");

  private final RuleClassifierTest.Fixture fixture = new RuleClassifierTest.Fixture();

  private static List<String[]> rows() throws IOException {
    return Inventory.rows("bounce_codes.tsv").stream().skip(1).toList();
  }

  @Test
  void everyClassIsThere() throws IOException {
    List<String[]> rows = rows();
    assertThat(rows).hasSameSizeAs(BounceClass.ALL);
    for (String[] cells : rows) {
      BounceClass found = BounceClass.of(Integer.parseInt(cells[0])).orElseThrow();
      assertThat(found.name()).isEqualTo(cells[1]);
      assertThat(found.category().name().toLowerCase(Locale.ROOT)).isEqualTo(cells[2]);
    }
  }

  @Test
  void everyClassIsGiven() throws IOException {
    for (String[] cells : rows()) {
      int code = Integer.parseInt(cells[0]);
      String reply = REPLIES.get(code);
      int given;
      if (reply != null) {
        given = fixture.classify(reply, Stage.UNKNOWN).bounceClass().code();
      } else {
        String[] parts = REPORTS.getOrDefault(code, "").split("\n\n", 2);
        given = fixture.report(parts[0], parts.length > 1 ? parts[1] : "").bounceClass().code();
      }
      assertThat(given).as(cells[1]).isEqualTo(code);
    }
  }
}
