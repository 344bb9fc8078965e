package org.impetusmta.module.securecreds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.credentials.CipherChoice;
import org.impetusmta.credentials.Credential;
import org.impetusmta.credentials.CredentialFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What data sources are told. */
class SecureCredsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private SecureCreds module(Optional<String> credentials, Optional<String> key)
      throws ConfigException {
    return new SecureCreds(new SecureCreds.Options(credentials, key), folder);
  }

  @Test
  void passwordsOfTheFilesAsTheyAreNow() throws Exception {
    CredentialFiles files =
        new CredentialFiles(folder.resolve("credentials.db"), folder.resolve("credentials.key"));
    files.createDatabase();
    files.createKey(CipherChoice.USUAL);
    files.set(new Credential("db", "ecuser", "pgsql"), "secret");
    SecureCreds module = module(Optional.empty(), Optional.empty());
    assertThat(module.password("db", "ecuser", "pgsql")).contains("secret");
    assertThat(module.password("db", "ecuser", "mysql")).isEmpty();
    assertThat(module.password("", "", "")).isEmpty();
    files.set(new Credential("db", "ecuser", "mysql"), "other");
    files.createKey(CipherChoice.USUAL);
    assertThat(module.password("db", "ecuser", "mysql")).contains("other");
    Files.delete(folder.resolve("credentials.key"));
    assertThatThrownBy(() -> module.password("db", "ecuser", "pgsql"))
        .isInstanceOf(DatasourceException.class)
        .hasMessageStartingWith("securecreds: there is no ");
  }

  @Test
  void filesOfOtherNames() throws Exception {
    Path database = folder.resolve("a");
    Path key = folder.resolve("b");
    CredentialFiles files = new CredentialFiles(database, key);
    files.createDatabase();
    files.createKey(CipherChoice.USUAL);
    files.set(new Credential("db", "ecuser", "pgsql"), "secret");
    assertThat(
            module(Optional.of(database.toString()), Optional.of(key.toString()))
                .password("db", "ecuser", "pgsql"))
        .contains("secret");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> module(Optional.of(database.toString()), Optional.of(key.toString())))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("open to other users");
  }

  @Test
  void filesThatAreNotThere() {
    assertThatThrownBy(() -> module(Optional.empty(), Optional.empty()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("in securecreds: there is no ");
  }
}
