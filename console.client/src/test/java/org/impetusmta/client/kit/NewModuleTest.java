package org.impetusmta.client.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NewModuleTest {
  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void kit() throws IOException {
    Files.createDirectories(folder.resolve("kit"));
    Map<String, String> entries =
        Map.of(
            "META-INF/maven/archetype-metadata.xml",
            "<requiredProperty"
                + " key=\"version\"><defaultValue>1.0.0</defaultValue></requiredProperty>",
            "archetype-resources/pom.xml",
            "${groupId}:${artifactId}:${version} ${project.build} ${impetusHome}",
            "archetype-resources/src/main/java/__className__.java",
            "package ${package}; class ${className} {}");
    try (ZipOutputStream zip =
        new ZipOutputStream(Files.newOutputStream(folder.resolve("kit/archetype.module.jar")))) {
      for (Map.Entry<String, String> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
  }

  private int run(String... arguments) {
    out.reset();
    err.reset();
    return new NewModule(
            folder,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(List.of(arguments));
  }

  @Test
  void a_project_is_made_once() throws IOException {
    Path made = folder.resolve("made");
    assertThat(run("-g", "org.acme", "-d", made.toString(), "greet_me2")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("greet_me2 is made; next: ");
    assertThat(made.resolve("pom.xml"))
        .hasContent("org.acme:greet_me2:1.0.0 ${project.build} " + folder.toRealPath().toString());
    assertThat(made.resolve("src/main/java/org/acme/greet_me2/GreetMe2Module.java"))
        .hasContent("package org.acme.greet_me2; class GreetMe2Module {}");
    assertThat(run("-d", made.toString(), "greet_me2")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("is there already");
  }

  @ParameterizedTest
  @CsvSource({
    "Greet, found the name",
    "../x, found the name",
    "class, found the name",
    "-x, unknown argument -x",
    "-g, -g needs a value"
  })
  void wrong_usage(String argument, String complaint) {
    assertThat(run(argument)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("new-module: " + complaint)
        .contains("usage: new-module");
    assertThat(run("-g", "a-b", "name")).isEqualTo(2);
    assertThat(run()).isEqualTo(2);
    assertThat(run("-h")).isZero();
  }

  @Test
  void without_a_kit_it_says_so() throws IOException {
    Files.delete(folder.resolve("kit/archetype.module.jar"));
    assertThat(run("-d", folder.resolve("x").toString(), "x")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("archetype.module.jar");
  }
}
