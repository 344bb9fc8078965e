package org.impetusmta.client.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.impetusmta.credentials.CipherChoice;
import org.impetusmta.credentials.CredentialFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator types to credmgr. */
class CredmgrTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path home;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String typed, String... arguments) {
    out.reset();
    err.reset();
    return new Credmgr(
            new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of("IMPETUS_HOME", home.toString()),
            null)
        .run(arguments);
  }

  private int line(String arguments) {
    return run("", arguments.split(" "));
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String complained() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private void made() throws IOException {
    Files.createDirectories(home.resolve("etc"));
    assertThat(line("create_db")).isZero();
    assertThat(line("create_key")).isZero();
  }

  @Test
  void theExamplesOfThePage() throws IOException {
    made();
    assertThat(line("set_cred --hostname=host1 --username=user1 --facility=facy1 -p password1"))
        .isZero();
    assertThat(line("set_cred -u user2 -f ldap --password=password2")).isZero();
    assertThat(line("get_cred")).isZero();
    assertThat(said()).isEqualTo("host1\tuser1\tfacy1\nlocalhost\tuser2\tldap\n");
    assertThat(line("get_cred -P")).isZero();
    assertThat(said())
        .isEqualTo("host1\tuser1\tfacy1\tpassword1\nlocalhost\tuser2\tldap\tpassword2\n");
    assertThat(line("get_cred --hostname=host1 --username=user1 --facility=facy1")).isZero();
    assertThat(said()).isEqualTo("password1\n");
    assertThat(line("get_cred -h host1")).isZero();
    assertThat(said()).isEqualTo("host1\tuser1\tfacy1\n");
    assertThat(line("get_cred -h host1 -u user1 -f other")).isEqualTo(1);
    assertThat(line("get_cred -u nobody")).isEqualTo(1);
    assertThat(said()).isEmpty();
    assertThat(line("set_cred --hostname host1 -u user1 -f facy1 -p other")).isZero();
    assertThat(line("create_key")).isZero();
    assertThat(said()).isEqualTo("2 passwords are encrypted with the new key\n");
    assertThat(line("get_cred -h host1 -u user1 -f facy1")).isZero();
    assertThat(said()).isEqualTo("other\n");
    assertThat(line("del-cred --hostname=host1 --username=user1 --facility=facy1")).isZero();
    assertThat(line("del_cred -h host1")).isEqualTo(1);
    assertThat(line("get_cred")).isZero();
    assertThat(said()).isEqualTo("localhost\tuser2\tldap\n");
  }

  @Test
  void filesElsewhereAndAnotherCipher() throws IOException {
    Path database = home.resolve("db");
    Path key = home.resolve("key");
    String files = " -d " + database + " -k " + key;
    assertThat(line("create_db" + files)).isZero();
    assertThat(line("create_key" + files + " --cipher=aes --key_size=16 --block_mode=cbc"))
        .isZero();
    assertThat(new CredentialFiles(database, key).cipher())
        .isEqualTo(new CipherChoice("aes", 16, "cbc"));
    assertThat(line("set_cred -u a -f b -p c" + files)).isZero();
    assertThat(line("set_cred -u a -f b -p c --cipher=aes_128_cbc" + files)).isZero();
    assertThat(line("get_cred -P --cipher=des_ede3" + files)).isEqualTo(2);
    assertThat(complained()).startsWith("credmgr: the key is one of another cipher");
    assertThat(line("create_key --block_mode=ecb" + files)).isZero();
    assertThat(complained()).contains("ecb");
    assertThat(line("create_db" + files)).isEqualTo(1);
    assertThat(complained()).isEqualTo("credmgr: " + database + " is there already\n");
  }

  @Test
  void aPasswordThatIsTyped() throws IOException {
    made();
    assertThat(run("with blanks \n", "set_cred", "-u", "a", "-f", "b")).isZero();
    assertThat(said() + complained()).doesNotContain("with blanks");
    assertThat(line("get_cred -h localhost -u a -f b")).isZero();
    assertThat(said()).isEqualTo("with blanks \n");
    assertThat(run("", "set_cred", "-u", "a", "-f", "b")).isEqualTo(2);
    assertThat(run("\n", "set_cred", "-u", "a", "-f", "b")).isEqualTo(2);
    assertThat(run("", "set_cred", "-u", "a", "-f", "b", "-p", "")).isEqualTo(2);
  }

  @Test
  void help() {
    assertThat(line("--help")).isZero();
    assertThat(said()).startsWith("usage: credmgr ACTION OPTIONS");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "dance",
        "get_cred -x",
        "get_cred --color=red",
        "get_cred -h",
        "get_cred --hostname",
        "get_cred set_cred",
        "set_cred -u a -p b",
        "set_cred -f a -p b",
        "del_cred",
        "create_key --cipher=rot13",
        "create_key --key_size=17",
        "create_key --key_size=x",
        "create_key --block_mode=xts",
        "create_key --cipher=aes_256_cbc --key_size=16"
      })
  void wrongUsage(String arguments) throws IOException {
    made();
    assertThat(line(arguments)).isEqualTo(2);
    assertThat(complained()).startsWith("credmgr: ");
  }

  @Test
  void filesThatAreNotThere() {
    assertThat(line("get_cred")).isEqualTo(1);
    assertThat(complained()).startsWith("credmgr: there is no ");
    assertThat(line("create_db")).isEqualTo(1);
    assertThat(complained()).startsWith("credmgr: there is no folder ");
  }
}
