package org.impetusmta.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which group a file of Diffie-Hellman parameters stands for. */
final class DhParametersTest {
  @TempDir Path folder;

  private Path file(String label, byte[] octets) throws IOException {
    return Files.writeString(
        folder.resolve("dh.pem"),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(label, Base64.getMimeEncoder().encodeToString(octets), label));
  }

  private static byte[] parameters(int bits) {
    byte[] prime = BigInteger.ONE.shiftLeft(bits - 1).add(BigInteger.ONE).toByteArray();
    byte[] der = new byte[prime.length + 11];
    int at = 0;
    der[at++] = 0x30;
    der[at++] = (byte) 0x82;
    der[at++] = (byte) ((prime.length + 7) >> 8);
    der[at++] = (byte) (prime.length + 7);
    der[at++] = 2;
    der[at++] = (byte) 0x82;
    der[at++] = (byte) (prime.length >> 8);
    der[at++] = (byte) prime.length;
    System.arraycopy(prime, 0, der, at, prime.length);
    at += prime.length;
    der[at++] = 2;
    der[at++] = 1;
    der[at] = 2;
    return der;
  }

  @ParameterizedTest
  @CsvSource({
    "512, ffdhe2048",
    "2048, ffdhe2048",
    "2049, ffdhe3072",
    "4096, ffdhe4096",
    "8192, ffdhe8192"
  })
  void theNamedGroupIsAtLeastAsLarge(int bits, String group) throws IOException {
    assertThat(DhParameters.group(file("DH PARAMETERS", parameters(bits)))).isEqualTo(group);
    assertThat(DhParameters.group(file("X9.42 DH PARAMETERS", parameters(bits)))).isEqualTo(group);
  }

  @Test
  void refusesWhatIsNone() throws IOException {
    Path large = file("DH PARAMETERS", parameters(9000));
    assertThatThrownBy(() -> DhParameters.group(large)).hasMessageContaining("at most 8192");
    Path other = file("CERTIFICATE", parameters(2048));
    assertThatThrownBy(() -> DhParameters.group(other)).hasMessageContaining("no DH PARAMETERS");
    for (byte[] broken : new byte[][] {{0x30}, {0x30, 0x02, 0x05, 0x00}, {0x02, 0x01, 0x01}, {}}) {
      Path cut = file("DH PARAMETERS", broken);
      assertThatThrownBy(() -> DhParameters.group(cut)).isInstanceOf(IOException.class);
    }
  }
}
