package org.impetusmta.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is set comes back, and nothing else does. */
class CredentialFilesTest {
  private static final Credential ONE = new Credential("db.example.com", "ec user", "pgsql");
  private static final Credential OTHER = new Credential("localhost", "ec%user", "ldap");

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path database;

  @SuppressWarnings("NullAway.Init")
  private Path key;

  @SuppressWarnings("NullAway.Init")
  private CredentialFiles files;

  @BeforeEach
  void files() {
    database = folder.resolve("credentials.db");
    key = folder.resolve("credentials.key");
    files = new CredentialFiles(database, key);
  }

  private void made() throws IOException {
    files.createDatabase();
    files.createKey(CipherChoice.USUAL);
    files.set(ONE, "sécret\n with lines");
    files.set(OTHER, "x");
  }

  private static CipherChoice choice(String cipher, String size, String mode) {
    return CipherChoice.of(
        Optional.ofNullable(cipher),
        Optional.ofNullable(size).map(Integer::valueOf),
        Optional.ofNullable(mode));
  }

  @ParameterizedTest
  @CsvSource({
    "aes, 32, gcm",
    "aes, 24, gcm",
    "aes, 16, cbc",
    "aes, 32, cbc",
    "aes, 32, ctr",
    "aes, 32, cfb",
    "aes, 32, ofb",
    "aes, 32, ecb",
    "des_ede3, 24, cbc",
    "des_ede3, 24, ofb",
    "bf, 16, cbc",
    "bf, 32, ctr"
  })
  void everyCipher(String cipher, String size, String mode) throws IOException {
    files.createDatabase();
    files.createKey(choice(cipher, size, mode));
    files.set(ONE, "secret");
    files.set(OTHER, "p".repeat(500));
    assertThat(files.cipher()).isEqualTo(new CipherChoice(cipher, Integer.parseInt(size), mode));
    assertThat(files.password(ONE)).contains("secret");
    assertThat(files.password(OTHER)).contains("p".repeat(500));
    assertThat(Files.readString(database)).doesNotContain("secret");
    noOctetCanBeChanged();
  }

  private void noOctetCanBeChanged() throws IOException {
    List<String> lines = Files.readAllLines(database);
    String[] record = lines.get(1).split(" ");
    byte[] kept = Base64.getDecoder().decode(record[4]);
    for (int i = 0; i < kept.length; i++) {
      byte[] other = kept.clone();
      other[i] ^= 1;
      record[4] = Base64.getEncoder().encodeToString(other);
      Files.write(database, List.of(lines.getFirst(), String.join(" ", record)));
      assertThatThrownBy(() -> files.password(ONE))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("changed");
    }
    record[4] = "AAAA";
    Files.write(database, List.of(lines.getFirst(), String.join(" ", record)));
    assertThatThrownBy(() -> files.password(ONE)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @CsvSource({
    ",,, aes 32 gcm",
    "aes,,, aes 32 gcm",
    "AES-256-CBC,,, aes 32 cbc",
    "aes_128_gcm,,, aes 16 gcm",
    "aes_192,,cbc, aes 24 cbc",
    "aes,16,CBC, aes 16 cbc",
    "des_ede3_cbc,,, des_ede3 24 cbc",
    "des_ede3,24,, des_ede3 24 cbc",
    "blowfish,,, bf 16 cbc",
    "bf_ofb,32,, bf 32 ofb",
    "rot13,,, cipher rot13",
    "aes,17,, key size 17",
    "aes_256_cbc,16,, key size 16",
    "aes_256_cbc,,gcm, block mode gcm",
    "bf,,gcm, block mode gcm",
    "aes,,xts, block mode xts",
    "des_ede3,32,, key size 32"
  })
  void switches(String cipher, String size, String mode, String expected) {
    if (expected.contains("cipher ") || expected.contains("key ") || expected.contains("block ")) {
      assertThatThrownBy(() -> choice(cipher, size, mode))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(expected);
    } else {
      CipherChoice choice = choice(cipher, size, mode);
      assertThat(choice.cipher() + " " + choice.keySize() + " " + choice.blockMode())
          .isEqualTo(expected);
    }
  }

  @Test
  void setChangeForget() throws IOException {
    made();
    assertThat(files.password(ONE)).contains("sécret\n with lines");
    assertThat(files.password(OTHER)).contains("x");
    assertThat(files.password(new Credential("localhost", "ec user", "pgsql"))).isEmpty();
    files.set(ONE, "other");
    assertThat(files.password(ONE)).contains("other");
    assertThat(files.list()).containsExactly(ONE, OTHER);
    assertThat(files.delete(credential -> credential.host().equals("localhost"))).isEqualTo(1);
    assertThat(files.delete(credential -> credential.host().equals("localhost"))).isZero();
    assertThat(files.list()).containsExactly(ONE);
    assertThatThrownBy(files::createDatabase).hasMessageContaining("is there already");
  }

  @Test
  void filesAreTheOwnersAlone() throws IOException {
    made();
    files.set(ONE, "other");
    for (Path file : List.of(database, key)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    try (var all = Files.list(folder)) {
      assertThat(all.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("credentials.db", "credentials.key", "credentials.db.lock");
    }
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> files.password(ONE)).hasMessageContaining("open to other users");
  }

  @Test
  void aNewKey() throws IOException {
    made();
    String before = Files.readString(key);
    assertThat(files.createKey(choice("aes", "16", "cbc"))).isEqualTo(2);
    assertThat(Files.readString(key)).doesNotContain(before.lines().toList().get(1));
    assertThat(files.password(ONE)).contains("sécret\n with lines");
    assertThat(files.password(OTHER)).contains("x");
  }

  @Test
  void anEndInTheMiddleOfANewKeyLosesNothing() throws IOException {
    made();
    String oldDatabase = Files.readString(database);
    String oldKey = Files.readAllLines(key).get(1);
    files.createKey(CipherChoice.USUAL);
    // as after the first of the three steps
    List<String> both = new ArrayList<>(Files.readAllLines(key));
    both.add(oldKey);
    Files.write(key, both);
    assertThat(files.password(ONE)).contains("sécret\n with lines");
    Files.writeString(database, oldDatabase);
    assertThat(files.password(ONE)).contains("sécret\n with lines");
    files.set(OTHER, "y");
    files.createKey(CipherChoice.USUAL);
    assertThat(Files.readAllLines(key)).hasSize(2);
    assertThat(files.password(ONE)).contains("sécret\n with lines");
    assertThat(files.password(OTHER)).contains("y");
  }

  @Test
  void recordsCannotBeExchanged() throws IOException {
    made();
    List<String> lines = Files.readAllLines(database);
    String[] one = lines.get(1).split(" ");
    String[] other = lines.get(2).split(" ");
    String kept = one[4];
    one[4] = other[4];
    other[4] = kept;
    Files.write(
        database, List.of(lines.getFirst(), String.join(" ", one), String.join(" ", other)));
    assertThatThrownBy(() -> files.password(ONE)).hasMessageContaining("changed");
  }

  @Test
  void aKeyOfAnother() throws IOException {
    made();
    Files.delete(key);
    assertThatThrownBy(() -> files.password(ONE)).hasMessageStartingWith("there is no ");
    assertThatThrownBy(() -> files.createKey(CipherChoice.USUAL))
        .hasMessageContaining("has not the key");
    new CredentialFiles(folder.resolve("none"), key).createKey(CipherChoice.USUAL);
    assertThatThrownBy(() -> files.password(ONE)).hasMessageContaining("has not the key");
  }

  @Test
  void filesThatAreNone() throws IOException {
    assertThatThrownBy(files::list).hasMessageStartingWith("there is no ");
    made();
    List<String> keys = Files.readAllLines(key);
    for (String line : List.of("", "x", keys.get(1) + " x", keys.get(1).replace("aes", "bf"))) {
      Files.write(key, List.of(keys.getFirst(), line));
      assertThatThrownBy(() -> files.password(ONE)).hasMessageContaining("no key");
    }
    Files.write(key, keys);
    List<String> records = Files.readAllLines(database);
    for (String line :
        List.of("", "a b c d", records.get(1) + " x", "a b c d ***", "%zz b c d AA==")) {
      Files.write(database, List.of(records.getFirst(), records.get(1), line));
      assertThatThrownBy(() -> files.password(ONE)).hasMessageContaining("line 3 is no record");
    }
    Files.writeString(database, "SQLite format 3\0");
    assertThatThrownBy(() -> files.password(ONE))
        .hasMessageContaining("not a file that credmgr wrote");
  }
}
