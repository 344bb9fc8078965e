package org.impetusmta.module.auth_ds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every form, of the password {@code secret} of alice in realm example.com, by other programs. */
class PasswordTypeTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          clear       | secret
          digest-md5  | b1726872c344b6dc8365b774f8fd6412
          md5         | b1726872c344b6dc8365b774f8fd6412
          md5         | 5ebe2294ecd0e0f08eab7690d2a6ee69
          md5_hex     | 5EBE2294ECD0E0F08EAB7690D2A6EE69
          md5_base64  | Xr4ilOzQ4PCOq3aQ0qbuaQ==
          sha1_hex    | e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4
          sha1_base64 | 5en6G6MezRroT3XKqkdPOmY/BfQ=
          hmac_md5    | cd3ba7deaad6e5ca23448ba42e379747a9e0f7f1fbc00c8a81bbaac395731b56
          smd5        | d9JTOqCuegGoWUqHbtfmYOs4U3g=
          smd5        | {SMD5}d9JTOqCuegGoWUqHbtfmYOs4U3g=
          ssha1       | KplT4qMiUyyF1T6WExRCODHLCQ9A8z+P
          ssha1       | {SSHA}KplT4qMiUyyF1T6WExRCODHLCQ9A8z+P
          rfc2307     | {SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
          rfc2307     | {md5}Xr4ilOzQ4PCOq3aQ0qbuaQ==
          rfc2307     | {SMD5}d9JTOqCuegGoWUqHbtfmYOs4U3g=
          rfc2307     | {SSHA}KplT4qMiUyyF1T6WExRCODHLCQ9A8z+P
          rfc2307     | {SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=
          rfc2307     | {CRYPT}$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.
          ucrypt      | abNANd1rDfiNc
          ucrypt      | $1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1
          ucrypt      | $5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.
          ucrypt      | $6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.
          ucrypt      | $apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/
          """)
  void fits(String type, String stored) {
    PasswordType form = PasswordType.of(type).orElseThrow();
    assertThat(form.fits(stored, "alice", "example.com", "secret")).isTrue();
    assertThat(form.fits(stored, "alice", "example.com", "secreT")).isFalse();
    assertThat(form.fits(stored, "alice", "example.com", stored))
        .isEqualTo(stored.equals("secret"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          md5_hex     | 5ebe2294
          md5_base64  | no base64!
          sha1_hex    | 5ebe2294ecd0e0f08eab7690d2a6ee69
          smd5        | Xr4i
          rfc2307     | secret
          rfc2307     | {ROT13}frperg
          ucrypt      | $y$j9T$abcdefghijk$lmnopqrstuv
          hmac_md5    | 00
          """)
  void whatHasNotItsFormIsSaidWithoutTellingIt(String type, String stored) {
    PasswordType form = PasswordType.of(type).orElseThrow();
    assertThatThrownBy(() -> form.fits(stored, "alice", "example.com", "secret"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("expected")
        .hasMessageNotContaining(stored);
  }

  @ParameterizedTest
  @CsvSource({"!", "*", "x", "!!", "*LK*", "''", "!$6$salt$hash", "*$6$salt$hash0123456789"})
  void lockedAccounts(String stored) {
    assertThat(PasswordType.UCRYPT.fits(stored, "alice", "example.com", stored)).isFalse();
  }

  @Test
  void statesOfHmacAreThoseThatHmacItselfGoesOnWith() {
    // a key longer than a block is hashed first
    String key = "k".repeat(100);
    assertThat(HmacMd5States.of(key.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(
            HmacMd5States.of(
                org.apache.commons.codec.digest.DigestUtils.md5(
                    key.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void theNamesOfThePage() {
    for (String name :
        ("clear digest-md5 hmac_md5 md5 md5_base64 md5_hex rfc2307 sha1_base64 sha1_hex smd5 ssha1"
                + " ucrypt")
            .split(" ")) {
      assertThat(PasswordType.of(name)).isPresent();
    }
    assertThat(PasswordType.of("rot13")).isEmpty();
  }
}
