package org.impetusmta.core.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import jdk.security.jarsigner.JarSigner;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose jars may be loaded. Keys and certificates are made by the JDK's keytool. */
class SignersTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static Instant now = Instant.EPOCH;

  @TempDir private static Path folder;
  private static KeyStore keys;

  @BeforeAll
  static void makeKeys() throws Exception {
    pair("good", "-dname", "CN=Good Partner");
    pair("other", "-dname", "CN=Somebody Else");
    pair("old", "-dname", "CN=Old Partner", "-startdate", "-400d", "-validity", "30");
    pair("authority", "-dname", "CN=Authority", "-ext", "bc:c");
    pair("issued", "-dname", "CN=Issued", "-signer", "authority", "-ext", "eku=codeSigning");
    pair("website", "-dname", "CN=Website", "-signer", "authority", "-ext", "eku=serverAuth");
    now = Instant.now();
    keys = KeyStore.getInstance(folder.resolve("keys.p12").toFile(), PASSWORD);
  }

  private static void pair(String alias, String... more) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-keyalg", "EC", "-alias", alias, "-storepass"));
    command.add(new String(PASSWORD));
    command.addAll(List.of("-keystore", folder.resolve("keys.p12").toString()));
    command.addAll(List.of(more));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static X509Certificate certificate(String alias) throws Exception {
    return (X509Certificate) keys.getCertificate(alias);
  }

  private static byte[] plain() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put(
        JarFile.MANIFEST_NAME, ascii("Manifest-Version: 1.0\r\nBundle-Version: 1.0.0\r\n\r\n"));
    entries.put("com/example/", new byte[0]);
    entries.put("com/example/A.class", ascii("the code of A"));
    entries.put("com/example/B.class", ascii("the code of B"));
    return zip(entries);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return out.toByteArray();
  }

  private static byte[] signed(byte[] jar, String alias) throws Exception {
    KeyStore.PrivateKeyEntry entry =
        (KeyStore.PrivateKeyEntry) keys.getEntry(alias, new KeyStore.PasswordProtection(PASSWORD));
    Path in = Files.write(Files.createTempFile(folder, "in", ".jar"), jar);
    Path out = Files.createTempFile(folder, "out", ".jar");
    try (ZipFile from = new ZipFile(in.toFile());
        OutputStream to = Files.newOutputStream(out)) {
      new JarSigner.Builder(entry).signerName(alias).build().sign(from, to);
    }
    return Files.readAllBytes(out);
  }

  /** The jar with one entry changed, added or, where it has no content, taken out. */
  private static byte[] changed(byte[] jar, String name, String content) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    Path file = Files.write(Files.createTempFile(folder, "change", ".jar"), jar);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        try (InputStream in = zip.getInputStream(entry)) {
          entries.put(entry.getName(), in.readAllBytes());
        }
      }
    }
    if (content.isEmpty()) {
      entries.remove(name);
    } else {
      entries.put(name, ascii(content));
    }
    return zip(entries);
  }

  private static void accepted(byte[] jar, String... allowed) {
    assertThatCode(() -> judge(jar, now, allowed)).doesNotThrowAnyException();
  }

  private static void refused(byte[] jar, String reason, String... allowed) {
    assertThatThrownBy(() -> judge(jar, now, allowed))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(
            "a.jar is refused, as module_signers demands a signature: " + reason);
  }

  private static void judge(byte[] jar, Instant when, String... allowed) throws Exception {
    List<X509Certificate> certificates = new ArrayList<>();
    for (String alias : allowed) {
      certificates.add(certificate(alias));
    }
    ModuleSigners.of(certificates).require("a.jar", JarSignature.of(jar), when);
  }

  @Test
  void a_listed_signer_is_accepted_and_no_other() throws Exception {
    byte[] jar = signed(plain(), "good");
    accepted(jar, "good");
    accepted(jar, "other", "good");
    refused(jar, "its signer CN=Good Partner is not accepted: it is neither listed nor", "other");
    accepted(signed(jar, "other"), "good");
    accepted(signed(jar, "other"), "other");
  }

  @Test
  void every_entry_must_be_signed_by_the_same_signer() throws Exception {
    byte[] jar = signed(plain(), "good");
    refused(plain(), "the entry com/example/A.class is not signed", "good");
    refused(
        changed(jar, "com/example/C.class", "more"),
        "the entry com/example/C.class is not signed",
        "good");
    refused(
        signed(changed(jar, "com/example/C.class", "more"), "other"),
        "its signer CN=Somebody Else",
        "good");
    refused(
        changed(jar, "META-INF/versions/26/com/example/A.class", "more"),
        "the entry META-INF/versions/26/com/example/A.class is not signed",
        "good");
  }

  @Test
  void what_was_changed_after_it_was_signed_is_refused() throws Exception {
    byte[] jar = signed(plain(), "good");
    refused(changed(jar, "com/example/B.class", "bad"), "it was changed after", "good");
    refused(
        changed(jar, "com/example/B.class", ""),
        "the entry com/example/B.class, which was signed, is missing",
        "good");
    refused(changed(jar, "META-INF/GOOD.SF", ""), "the entry com/example/A.class is not", "good");
    refused(changed(jar, "META-INF/GOOD.EC", ""), "the entry com/example/A.class is not", "good");
    byte[] header = jar.clone();
    refused(
        changed(header, JarFile.MANIFEST_NAME, manifest(jar).replace("1.0.0", "6.6.6")),
        "it was changed after",
        "good");
  }

  private static String manifest(byte[] jar) throws IOException {
    Path file = Files.write(Files.createTempFile(folder, "manifest", ".jar"), jar);
    try (ZipFile zip = new ZipFile(file.toFile());
        InputStream in = zip.getInputStream(zip.getEntry(JarFile.MANIFEST_NAME))) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void a_name_that_comes_twice_is_refused() throws Exception {
    String twice =
        new String(plain(), StandardCharsets.ISO_8859_1)
            .replace("com/example/B.class", "com/example/A.class");
    refused(
        twice.getBytes(StandardCharsets.ISO_8859_1),
        "the entry com/example/A.class is there twice",
        "good");
  }

  @Test
  void a_certificate_has_its_time() throws Exception {
    refused(signed(plain(), "old"), "its signer CN=Old Partner is not accepted", "old");
    byte[] jar = signed(plain(), "good");
    Instant past = now.minus(3, ChronoUnit.DAYS);
    assertThatThrownBy(() -> judge(jar, past, "good"))
        .hasMessageContaining("its signer CN=Good Partner is not accepted: ");
  }

  @Test
  void an_authority_stands_for_those_that_it_issued_to() throws Exception {
    byte[] jar = signed(plain(), "issued");
    accepted(jar, "authority");
    accepted(jar, "issued");
    refused(jar, "its signer CN=Issued is not accepted: it is neither listed nor", "good");
    refused(
        signed(plain(), "website"),
        "its signer CN=Website is not accepted: its certificate is not meant for",
        "authority");
    refused(signed(plain(), "other"), "its signer CN=Somebody Else is not accepted", "authority");
  }

  @Test
  void octets_that_are_no_jar_are_refused_unless_nobody_asks() throws Exception {
    assertThatThrownBy(() -> JarSignature.of(ascii("no jar"))).isInstanceOf(IOException.class);
    assertThatCode(() -> ModuleSigners.of("").require("a.jar", JarSignature.of(plain()), now))
        .doesNotThrowAnyException();
  }

  @Test
  void the_file_of_signers_is_read() throws Exception {
    Path pem = folder.resolve("signers.pem");
    Files.writeString(pem, "# who may\n" + pem("good") + pem("other"));
    ModuleSigners signers = ModuleSigners.of(pem.toString());
    for (String alias : List.of("good", "other")) {
      JarSignature signature = JarSignature.of(signed(plain(), alias));
      assertThatCode(() -> signers.require("a.jar", signature, now)).doesNotThrowAnyException();
    }
    Path none = Files.writeString(folder.resolve("none.pem"), "");
    assertThatThrownBy(() -> ModuleSigners.of(none.toString()))
        .hasMessage(
            "option module_signers: found no certificate in %s, expected at least one in PEM",
            none);
    assertThatThrownBy(() -> ModuleSigners.of(folder.resolve("nothing").toString()))
        .hasMessageStartingWith("option module_signers: cannot read certificates from ");
  }

  private static String pem(String alias) throws Exception {
    return "-----BEGIN CERTIFICATE-----\n"
        + java.util.Base64.getMimeEncoder().encodeToString(certificate(alias).getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }
}
