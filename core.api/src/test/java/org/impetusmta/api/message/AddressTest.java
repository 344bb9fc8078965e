package org.impetusmta.api.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "a@b, a, b",
    "\"a@b\"@c, \"a@b\", c",
    "postmaster, postmaster, ''",
    "@b, '', b",
    "a@, a@, ''",
    "@, @, ''",
    "@@, @@, ''",
    "'', '', ''",
  })
  void aTextIsSplitAndMadeAgain(String text, String localpart, String domain) {
    Address address = Address.of(text);
    assertThat(address).isEqualTo(new Address(localpart, domain));
    assertThat(address).hasToString(text);
  }
}
