package org.impetusmta.core.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of passwords: their lines, and that a change is seen. */
class PasswordFilesTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private final PasswordFiles files = new PasswordFiles();

  private AuthQuery query(String scheme, String file, String user) {
    return new AuthQuery(
        AuthMechanism.PLAIN,
        AuthParameters.parse(Map.of("uri", scheme + "://" + folder.resolve(file))),
        user,
        "realm",
        Optional.empty());
  }

  @Test
  void fileIsReadAgainWhenItChanged() throws IOException, AuthException {
    Path file = Files.writeString(folder.resolve("p"), "# alice:no\nalice:a:b\r\n:x\nempty:\n");
    assertThat(files.authenticate(query("file", "p", "alice"), "a:b")).isEqualTo(AuthAnswer.PASS);
    assertThat(files.authenticate(query("file", "p", "alice"), "a")).isEqualTo(AuthAnswer.FAIL);
    assertThat(files.authenticate(query("file", "p", "empty"), "")).isEqualTo(AuthAnswer.FAIL);
    assertThat(files.authenticate(query("file", "p", "# alice"), "no")).isEqualTo(AuthAnswer.FAIL);
    Files.writeString(file, "alice:new\n");
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertThat(files.authenticate(query("file", "p", "alice"), "new")).isEqualTo(AuthAnswer.PASS);
    Files.delete(file);
    assertThatThrownBy(() -> files.authenticate(query("file", "p", "alice"), "new"))
        .isInstanceOf(AuthException.class);
  }

  @Test
  void digestHasRealms() throws IOException, AuthException {
    Files.writeString(
        folder.resolve("d"),
        "alice:other:%s\nalice:realm:%s\n"
            .formatted(
                Hashes.userRealmPassword("alice", "other", "one"),
                Hashes.userRealmPassword("alice", "realm", "two")));
    assertThat(files.authenticate(query("digest", "d", "alice"), "two")).isEqualTo(AuthAnswer.PASS);
    assertThat(files.authenticate(query("digest", "d", "alice"), "one")).isEqualTo(AuthAnswer.FAIL);
  }

  @Test
  void groups() throws IOException, AuthException {
    Files.writeString(
        folder.resolve("g"),
        "root:alice\n"
            + "admin:x:serv, alice,ec\n"
            + "users: bob alice\n"
            + "# alice:alice\n"
            + "alices:malice\n"
            + "empty:\n");
    assertThat(files.groups(query("groups", "g", "alice")))
        .containsExactly("root", "admin", "users");
    assertThat(files.groups(query("groups", "g", "bob"))).containsExactly("users");
    assertThat(files.groups(query("groups", "g", "serv"))).containsExactly("admin");
    assertThat(files.groups(query("groups", "g", ""))).isEmpty();
    assertThat(files.groups(query("groups", "g", "x"))).isEmpty();
  }
}
