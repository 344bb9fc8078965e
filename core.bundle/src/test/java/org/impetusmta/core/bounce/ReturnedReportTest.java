package org.impetusmta.core.bounce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom reports of different makes are about. */
class ReturnedReportTest {
  private static final String RFC3464 =
      """
      From: MAILER-DAEMON@mx.example
      To: bounces-1-2@bounces.example
      Content-Type: multipart/report; report-type=delivery-status; boundary=b

      --b

      I'm sorry; please write to <postmaster@mx.example>.
      <text@away.example>: host mx[192.0.2.1] said: 550 no such user

      --b
      Content-Type: message/delivery-status

      Reporting-MTA: dns; mx.example

      Original-Recipient: rfc822; delayed@away.example
      Final-Recipient: rfc822; delayed2@away.example
      Action: delayed
      Status: 4.0.0

      Original-Recipient: RFC822;
       Ann.O@away.example
      Final-Recipient: rfc822; <forwarded@far.example>
      Action: failed
      Status: 5.1.1

      --b
      Content-Type: message/rfc822

      From: <bounces-1-2@bounces.example>
      To: "Ann, O" <to@away.example>

      hello
      --b--
      """;

  private static final String EXIM =
      """
      From: Mail Delivery System <Mailer-Daemon@exim.example>
      X-Failed-Recipients: first@away.example,
       second@away.example

      This message was created automatically by mail delivery software.

        third@away.example
          SMTP error from remote mail server

      ------ This is a copy of the message, including all the headers. ------

      To: fourth@away.example
      """;

  private static final String QMAIL =
      """
      From: MAILER-DAEMON@qmail.example

      Hi. This is the qmail-send program at qmail.example.
      Ask <help@qmail.example> if you have to.

      <gone@away.example>:
      Sorry, no mailbox here by that name. (#5.1.1)

      --- Below this line is a copy of the message.

      To: other@away.example
      """;

  private static final String TERSE =
      """
      From: postmaster@old.example

      Your mail was not delivered.

      Content-Type: text/rfc822-headers

      From: bounces-1-2@bounces.example
      To: Someone
       <folded@away.example>
      """;

  private static final String NOTHING = "From: a@b.example\n\nI am on holiday.\n";

  private static Optional<String> original(String report, String list) {
    return ReturnedReport.originalRecipient(
        Body.of(report.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8)),
        Address.of("bounces-1-2@bounces.example"),
        SuppressedRecipients.of(new SuppressedRecipients.Options(Optional.of(list))));
  }

  @ParameterizedTest
  @CsvSource(
      emptyValue = "",
      value = {
        "RFC3464, '', Ann.O@away.example",
        "RFC3464, ANN.O@AWAY.EXAMPLE, forwarded@far.example",
        "RFC3464, 'ann.o@away.example, @far.example', delayed@away.example",
        "RFC3464, '@away.example,@far.example', postmaster@mx.example",
        "RFC3464, '@away.example,@far.example,@mx.example', ''",
        "EXIM, '', first@away.example",
        "EXIM, first@away.example, second@away.example",
        "EXIM, 'first@away.example,second@away.example', fourth@away.example",
        "QMAIL, '', gone@away.example",
        "QMAIL, gone@away.example, help@qmail.example",
        "QMAIL, '@qmail.example,gone@away.example', other@away.example",
        "TERSE, '', folded@away.example",
        "TERSE, @away.example, ''",
        "NOTHING, '', ''",
      })
  void isFoundUnlessItIsSuppressed(String make, String list, String recipient) {
    String report =
        switch (make) {
          case "RFC3464" -> RFC3464;
          case "EXIM" -> EXIM;
          case "QMAIL" -> QMAIL;
          case "TERSE" -> TERSE;
          default -> NOTHING;
        };
    assertThat(original(report, list).orElse("")).isEqualTo(recipient);
  }

  @Test
  void whatIsLongIsReadUpToALimitAndWithoutPains() {
    assertThat(original("A: b\n\n" + "<".repeat(200_000) + "a@b.example", "")).isEmpty();
    assertThat(original("A: b\n\n" + "x@".repeat(100_000) + "\n<a@b.example>\n", ""))
        .contains("a@b.example");
    assertThat(original("A: b\n\n" + "a".repeat(100_000) + "\n<a@b.example>\n", ""))
        .contains("a@b.example");
    assertThat(original("A: b\n\n" + "a\n".repeat(140_000) + "\n<a@b.example>\n", "")).isEmpty();
    assertThat(original("", "")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", "a@b.example, c", "a@", "@b c"})
  void aListThatCannotBeReadIsRefused(String list) {
    assertThatThrownBy(
            () ->
                SuppressedRecipients.check(
                    new SuppressedRecipients.Options(Optional.of(list)), "global"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("global: bounce_suppress_list: found")
        .hasMessageContaining("expected an address or @domain");
  }
}
