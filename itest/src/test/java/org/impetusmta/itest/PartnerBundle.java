package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.tools.ToolProvider;
import jdk.security.jarsigner.JarSigner;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Component;

/**
 * Makes bundles of a partner without Maven: compiles a class against a core.api and lets bnd write
 * the manifest.
 */
final class PartnerBundle {
  static final char[] PASSWORD = "changeit".toCharArray();

  /**
   * A module that refuses the recipient of its option; {@code %s}: name, more of the annotation.
   */
  private static final String POLICY =
      """
      package test.NAME;

      import java.util.Map;
      import org.impetusmta.api.config.Option;
      import org.impetusmta.api.config.OptionSet;
      import org.impetusmta.api.hook.ValidateRcptto;
      import org.impetusmta.api.hook.Verdict;
      import org.impetusmta.api.message.Address;
      import org.impetusmta.api.module.Module;
      import org.impetusmta.api.module.ModuleStanza;
      import org.impetusmta.api.reception.Transaction;
      import org.osgi.service.component.annotations.Activate;
      import org.osgi.service.component.annotations.Component;
      import org.slf4j.LoggerFactory;

      @Module(name = "NAME", kind = Module.Kind.VALIDATE, description = "a test's module"MORE)
      @Component(factory = Module.FACTORY + "NAME", service = ValidateRcptto.class)
      public final class Policy implements ValidateRcptto {
        private final String recipient;

        @OptionSet("NAME")
        public record Options(@Option(value = "NAME@example.com", doc = "who") String recipient) {}

        @Activate
        public Policy(Map<String, Object> properties) {
          recipient = ModuleStanza.of(properties).options(Options.class).recipient();
          if (recipient.equals("fails@start")) {
            throw new IllegalStateException("it does not want to");
          }
        }

        @Override
        public Verdict validateRcptto(Address to, Transaction transaction) {
          LoggerFactory.getLogger(Policy.class).debug("NAME looks at {}", to);
          if (recipient.equals("fails@hook")) {
            throw new IllegalStateException("its hook is broken");
          }
          return to.toString().equals(recipient)
              ? Verdict.refuse(550, "5.7.1", "refused by NAME REVISION")
              : Verdict.CONTINUE;
        }
      }
      """;

  private PartnerBundle() {}

  /** The core.api of a distribution. */
  static Path api(Path home) throws IOException {
    return bundle(home, "core.api-");
  }

  private static Path bundle(Path home, String prefix) throws IOException {
    try (Stream<Path> jars = Files.list(home.resolve("bundles"))) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith(prefix))
          .findFirst()
          .orElseThrow();
    }
  }

  /** The module {@code name}, which refuses {@code name@example.com} if nobody says otherwise. */
  static Path policy(Path folder, Path api, String name) throws Exception {
    return policy(folder, api, name, "", 1);
  }

  /**
   * @param more of the annotation {@code Module}, with a comma in front
   */
  static Path policy(Path folder, Path api, String name, String more, int revision)
      throws Exception {
    String source =
        POLICY
            .replace("NAME", name)
            .replace("MORE", more)
            .replace("REVISION", String.valueOf(revision));
    Path classes = Files.createTempDirectory(folder, "classes");
    Path file = classes.resolve("Policy.java");
    Files.writeString(file, source);
    List<Path> classPath =
        List.of(
            api,
            bundle(Server.DISTRIBUTION, "slf4j-api-"),
            jarOf(Component.class),
            jarOf(Capability.class));
    String joined = String.join(":", classPath.stream().map(Path::toString).toList());
    ByteLog output = new ByteLog();
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                output.stream(),
                output.stream(),
                List.of(
                        "--release",
                        "25",
                        "-proc:none",
                        "-cp",
                        joined,
                        "-d",
                        classes.toString(),
                        file.toString())
                    .toArray(new String[0]));
    assertThat(failed).as(output.toString()).isZero();
    Files.delete(file);
    Path jar = folder.resolve(name + ".jar");
    try (Builder builder = new Builder()) {
      builder.addClasspath(classes.toFile());
      for (Path path : classPath) {
        builder.addClasspath(path.toFile());
      }
      builder.setProperty("Bundle-SymbolicName", "test." + name);
      builder.setProperty("Bundle-Version", revision + ".0.0");
      builder.setProperty("Private-Package", "test." + name);
      try (Jar built = builder.build()) {
        assertThat(builder.getErrors()).isEmpty();
        built.write(jar.toFile());
      }
    }
    return jar;
  }

  /** What a compiler says. */
  private static final class ByteLog {
    private final java.io.ByteArrayOutputStream octets = new java.io.ByteArrayOutputStream();

    OutputStream stream() {
      return octets;
    }

    @Override
    public String toString() {
      return octets.toString(StandardCharsets.UTF_8);
    }
  }

  private static Path jarOf(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** A key with a certificate of its own, in {@code keys.p12} of the folder; the certificate. */
  static Path key(Path folder, String alias) throws Exception {
    Path store = folder.resolve("keys.p12");
    Path pem = folder.resolve(alias + ".pem");
    keytool(
        "-genkeypair",
        "-keyalg",
        "EC",
        "-alias",
        alias,
        "-dname",
        "CN=" + alias,
        "-keystore",
        store.toString());
    keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        alias,
        "-file",
        pem.toString(),
        "-keystore",
        store.toString());
    return pem;
  }

  private static void keytool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-storepass", new String(PASSWORD)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  /** Signs a jar with a key of the folder; the signed one beside it. */
  static Path signed(Path folder, Path jar, String alias) throws Exception {
    KeyStore keys = KeyStore.getInstance(folder.resolve("keys.p12").toFile(), PASSWORD);
    KeyStore.PrivateKeyEntry entry =
        (KeyStore.PrivateKeyEntry) keys.getEntry(alias, new KeyStore.PasswordProtection(PASSWORD));
    Path signed =
        jar.resolveSibling(jar.getFileName().toString().replace(".jar", "-" + alias + ".jar"));
    try (ZipFile from = new ZipFile(jar.toFile());
        OutputStream to = Files.newOutputStream(signed)) {
      new JarSigner.Builder(entry).build().sign(from, to);
    }
    return signed;
  }
}
