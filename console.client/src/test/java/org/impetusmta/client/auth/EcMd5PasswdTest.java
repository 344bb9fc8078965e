package org.impetusmta.client.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines of ec_md5passwd and what becomes of the file. */
class EcMd5PasswdTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String typed, Map<String, String> environment, String... arguments) {
    return new EcMd5Passwd(
            new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            environment,
            null)
        .run(arguments);
  }

  @Test
  void printsTheLineThatHtdigestWouldWrite() {
    // printf 'Mufasa:testrealm@host.com:Circle Of Life' | md5sum (RFC 2617 section 3.5)
    assertThat(run("", Map.of(), "-r", "testrealm@host.com", "Mufasa", "Circle Of Life")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Mufasa:testrealm@host.com:939e7578ed9e3c518a452acee763bce9\n");
  }

  @Test
  void asksForWhatIsNotGiven() {
    assertThat(run("fred\nsecret\nsecret\n", Map.of())).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            "Please enter password for fred",
            "fred:Momentum Console:" + EcMd5Passwd.hash("fred", "Momentum Console", "secret"))
        .doesNotContain("secret");
    assertThat(run("fred\nsecret\nsekret\n", Map.of())).isEqualTo(2);
  }

  @Test
  void replacesOrAddsTheLineAndKeepsTheMode() throws IOException {
    Path file = folder.resolve("passwd");
    Map<String, String> realm = Map.of("EC_DIGEST_REALM", "r");
    assertThat(run("", realm, "-f", file.toString(), "a", "one")).isZero();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(run("", realm, "-f", file.toString(), "b", "two")).isZero();
    assertThat(run("", realm, "-f", file.toString(), "a", "three")).isZero();
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "a:r:" + EcMd5Passwd.hash("a", "r", "three"),
            "b:r:" + EcMd5Passwd.hash("b", "r", "two"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void refusesWhatNoFileCouldHold() {
    assertThat(run("", Map.of(), "a:b", "x")).isEqualTo(2);
    assertThat(run("", Map.of(), "-r", "a\"b", "a", "x")).isEqualTo(2);
    assertThat(run("", Map.of(), "-x", "a", "x")).isEqualTo(2);
    assertThat(run("", Map.of(), "-f", folder + "/none/p", "a", "x")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no folder");
  }
}
