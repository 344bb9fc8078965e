package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the manifests of the distribution say of the layers: rules 2, 3 and 5 of the architecture.
 */
class LayersTest {
  static List<Path> modules() throws IOException {
    try (Stream<Path> files = Files.list(Server.DISTRIBUTION.resolve("modules"))) {
      return files.sorted().toList();
    }
  }

  private static String header(Path jar, String name) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      Attributes attributes = file.getManifest().getMainAttributes();
      String value = attributes.getValue(name);
      return value == null ? "" : value;
    }
  }

  @ParameterizedTest
  @MethodSource("modules")
  void a_module_sees_the_api_alone(Path jar) throws IOException {
    String imports = header(jar, "Import-Package");
    assertThat(imports)
        .contains("org.impetusmta.api.")
        .doesNotContain("org.impetusmta.core", "org.impetusmta.spool");
    String name = jar.getFileName().toString();
    if (!name.startsWith("listener.") && !name.startsWith("delivery.")) {
      assertThat(imports).doesNotContain("io.netty");
    }
  }

  @ParameterizedTest
  @MethodSource("modules")
  void a_module_exports_nothing_but_its_api(Path jar) throws IOException {
    for (String exported : header(jar, "Export-Package").split(",")) {
      assertThat(exported).matches("|[\\w.]+\\.api\\b.*");
    }
  }

  @ParameterizedTest
  @MethodSource("modules")
  void a_module_is_known_by_its_manifest(Path jar) throws IOException {
    assertThat(header(jar, "Provide-Capability")).contains("org.impetusmta.module");
    assertThat(header(jar, "Bundle-SymbolicName"))
        .isEqualTo(jar.getFileName().toString().replace(".jar", ""));
    assertThat(header(jar, "Bundle-Activator")).isEmpty();
  }
}
