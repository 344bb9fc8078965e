package org.impetusmta.core.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.core.message.WaitingDictionaries.Rest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WaitingDictionariesTest {
  private static final Address SENDER = Address.of("alice@example.org");
  private static final Address RECIPIENT = Address.of("bob@example.com");

  private final WaitingDictionaries dictionaries = new WaitingDictionaries();

  private static Context context(String... pairs) {
    Context context = new Context();
    for (int i = 0; i < pairs.length; i += 2) {
      context.set(pairs[i], pairs[i + 1]);
    }
    return context;
  }

  private static Context asReceptionMakesIt(Address sender, Address recipient) {
    return context(
        "mailfrom_string", "MAIL FROM:<" + sender + ">",
        "mailfrom_localpart", sender.localpart(),
        "mailfrom_domain", sender.domain(),
        "rcptto_string", "RCPT TO:<" + recipient + ">",
        "rcptto_localpart", recipient.localpart(),
        "rcptto_domain", recipient.domain());
  }

  @ParameterizedTest
  @CsvSource({
    "alice@example.org, bob@example.com",
    "'', bob@example.com",
    "a@b, postmaster",
    "'\"a b\"@example.org', 'x+y@[192.0.2.1]'"
  })
  void whatTheEnvelopeSaysIsNotKeptTwice(String sender, String recipient) {
    Address from = Address.of(sender);
    Address to = Address.of(recipient);
    Context before = asReceptionMakesIt(from, to);
    Rest rest = dictionaries.message(before, from, to);
    assertThat(rest.pairs()).isEmpty();
    assertThat(WaitingDictionaries.message(rest.pairs(), rest.leftOut(), from, to).asMap())
        .isEqualTo(before.asMap())
        .hasToString(before.asMap().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "mailfrom_string, MAIL FROM:<alice@example.org> SIZE=100",
    "mailfrom_string, mail from:<alice@example.org>",
    "mailfrom_string, MAIL FROM:<alice@example.orh>",
    "mailfrom_string, MAIL FROM:<alice.example.org>",
    "mailfrom_string, MAIL FROM:<>",
    "mailfrom_localpart, Alice",
    "rcptto_string, RCPT TO:<@relay:bob@example.com>",
    "rcptto_domain, EXAMPLE.com",
    "mailfrom_string, ''",
    "customer, acme",
    "connection_rcpt_count, 1"
  })
  void whatItDoesNotSayIsKept(String key, String value) {
    Context before = asReceptionMakesIt(SENDER, RECIPIENT);
    before.set(key, value);
    before.remove("rcptto_localpart");
    Rest rest = dictionaries.message(before, SENDER, RECIPIENT);
    assertThat(rest.pairs()).containsExactly(key, value);
    assertThat(WaitingDictionaries.message(rest.pairs(), rest.leftOut(), SENDER, RECIPIENT).asMap())
        .isEqualTo(before.asMap());
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "127, 0", "2097151, 0", "2097152, 2", "0, 2", "01, 2", "'', 2", "-1, 2"})
  void countsAreNumbers(String count, int kept) {
    Context before = context("connection_message_count", "7", "connection_rcpt_count", count);
    Rest rest = dictionaries.connection(before);
    assertThat(rest.pairs()).hasSize(kept);
    assertThat(WaitingDictionaries.connection(rest.pairs(), rest.leftOut()).asMap())
        .isEqualTo(before.asMap());
  }

  @Test
  void messagesOfAConnectionShareWhatIsLeft() {
    Context first = context("pathway", "default", "ehlo_domain", "mx", "message_rcpt_count", "1");
    Context later = context("pathway", "default", "ehlo_domain", "mx", "message_rcpt_count", "2");
    String[] shared = dictionaries.connection(first).pairs();
    assertThat(dictionaries.connection(later).pairs()).isSameAs(shared);
    later.set("ehlo_domain", "other");
    assertThat(dictionaries.connection(later).pairs()).isNotSameAs(shared);
    assertThat(shared).containsExactly("pathway", "default", "ehlo_domain", "mx");
  }

  @Test
  void aMessageThatWaitsSaysWhatItSaidBefore() {
    MessageId id = MessageId.of(1, 2, 3);
    MailMessage message =
        new MailMessage(
            id, id, id, SENDER, RECIPIENT, "192.0.2.1", "esmtp", 1, false, Body.of(new byte[0]));
    Context own = asReceptionMakesIt(SENDER, RECIPIENT);
    own.set("spam", "no");
    Context connection = context("pathway", "default", "connection_rcpt_count", "3");
    message.contexts(own, connection);
    message.settle(dictionaries);
    connection.set("pathway", "changed by the next message");
    assertThat(message.envelope().messageContext()).isEqualTo(own.asMap());
    assertThat(message.context().asMap()).isEqualTo(own.asMap());
    assertThat(message.connectionContext().asMap())
        .isEqualTo(Map.of("pathway", "default", "connection_rcpt_count", "3"));
    message.context().set("spam", "yes");
    message.connectionContext().set("pathway", "slow");
    message.settle(dictionaries);
    assertThat(message.context().get("spam")).contains("yes");
    assertThat(message.connectionContext().get("pathway")).contains("slow");
  }
}
