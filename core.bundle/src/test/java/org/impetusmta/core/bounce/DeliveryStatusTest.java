package org.impetusmta.core.bounce;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.junit.jupiter.api.Test;

final class DeliveryStatusTest {
  private static BounceReport read(String text) {
    return ReturnedReport.read(
        Body.of(text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1)),
        Address.of("bounces@example.org"),
        SuppressedRecipients.of(new SuppressedRecipients.Options(Optional.empty())));
  }

  @Test
  void theRecipientThatFailedIsReadBeforeOthers() {
    BounceReport report =
        read(
            """
            From: MAILER-DAEMON@example.net
            Subject: Undelivered
             mail
            Content-Type: multipart/report; boundary="b"

            --b

            Sorry.
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.net

            Final-Recipient: rfc822; a@example.net
            Action: delayed
            Status: 4.4.1

            Final-Recipient: rfc822; b@example.net
            Action: Failed (by us)
            Status: 5.1.1 (bad mailbox)
            Diagnostic-Code: smtp; 550 5.1.1 user
              unknown
            --b
            Content-Type: message/rfc822

            To: b@example.net

            secret
            """);
    assertThat(report.originalRecipient()).contains("b@example.net");
    assertThat(report.failed())
        .contains(new BounceReport.Status("failed", "5.1.1", "550 5.1.1 user  unknown"));
    assertThat(report.header()).contains("Subject: Undelivered mail\n");
    assertThat(report.text()).contains("Sorry.").doesNotContain("secret");
  }

  @Test
  void whatFailedLastCountsToo() {
    assertThat(
            read("A: b\n\nAction: delayed\nStatus: 4.0.0\n\nAction: failed\nStatus: 5.0.0")
                .failed())
        .hasValueSatisfying(status -> assertThat(status.action()).isEqualTo("failed"));
    assertThat(read("A: b\n\nAction: delayed\nStatus: 4.0.0\n").failed())
        .hasValueSatisfying(status -> assertThat(status.action()).isEqualTo("delayed"));
  }

  @Test
  void otherMailHasNone() {
    BounceReport report = read("Subject: hello\n\nAction: it is.\n");
    assertThat(report.failed()).isEmpty();
    assertThat(report.originalRecipient()).isEmpty();
    assertThat(report.text()).contains("Action: it is.");
  }
}
