package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.module.Module;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.option.OptionCatalog;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every configuration example of the manual, read and validated with all that the distribution
 * declares. {@code manual_examples.txt} has for each what becomes of it: {@code -> loads}, or
 * {@code -> } and a line of what it is refused for. The script {@code manual_examples.py} makes the
 * examples; what becomes of them is written to {@code target/manual_examples.txt} by this test.
 */
class ManualExamplesTest {
  /**
   * One example.
   *
   * @param id page and number
   * @param outcome the lines behind {@code -> }
   */
  private record Example(String id, String configuration, List<String> outcome) {
    String printed() {
      return "== %s\n%s%s\n"
          .formatted(
              id,
              configuration,
              outcome.stream().map(line -> "-> " + line).collect(Collectors.joining("\n")));
    }
  }

  @ParameterizedTest
  @CsvSource({"manual_examples.txt, 264", "seed_examples.txt, 27"})
  void loadOrAreRefusedForTheReasonStated(String file, int count) throws Exception {
    List<Example> expected = examples(Files.readString(Path.of("src/test/resources", file)));
    List<Example> found = new ArrayList<>();
    OptionCatalog catalog = catalog();
    for (Example example : expected) {
      found.add(new Example(example.id(), example.configuration(), outcome(catalog, example)));
    }
    Path outcomes = Files.createDirectories(Path.of("target")).resolve(file);
    Files.writeString(outcomes, found.stream().map(Example::printed).collect(Collectors.joining()));
    assertThat(expected).hasSize(count);
    long loaded = found.stream().filter(one -> one.outcome().equals(List.of("loads"))).count();
    System.out.printf("%s: %d load, %d are refused%n", file, loaded, count - loaded);
    assertThat(found.stream().map(Example::printed).toList())
        .as("%s has what becomes of them now", outcomes)
        .containsExactlyElementsOf(expected.stream().map(Example::printed).toList());
  }

  private static List<Example> examples(String text) {
    List<Example> examples = new ArrayList<>();
    for (String entry : text.split("(?m)^== ", -1)) {
      if (entry.isBlank()) {
        continue;
      }
      String id = entry.lines().findFirst().orElse("");
      Map<Boolean, List<String>> lines =
          entry.lines().skip(1).collect(Collectors.partitioningBy(line -> line.startsWith("-> ")));
      examples.add(
          new Example(
              id,
              lines.getOrDefault(false, List.of()).stream()
                  .map(line -> line + "\n")
                  .collect(Collectors.joining()),
              lines.getOrDefault(true, List.of()).stream()
                  .map(line -> line.substring("-> ".length()))
                  .toList()));
    }
    return examples;
  }

  private static List<String> outcome(OptionCatalog catalog, Example example) {
    try {
      ConfigEngine.ofText(catalog, example.configuration());
      return List.of("loads");
    } catch (ConfigException e) {
      return String.valueOf(e.getMessage())
          .lines()
          .map(line -> line.replaceFirst("^text:\\d+:\\d+:? ?", ""))
          .distinct()
          .toList();
    }
  }

  /** What the bundles and modules of the distribution declare, as their manifests list it. */
  private static OptionCatalog catalog() throws Exception {
    List<Path> jars = new ArrayList<>();
    for (String folder : List.of("bundles", "modules")) {
      try (Stream<Path> files = Files.list(Server.DISTRIBUTION.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".jar")).forEach(jars::add);
      }
    }
    OptionCatalog catalog = new OptionCatalog();
    Map<String, String> records = new TreeMap<>();
    for (Path jar : jars) {
      for (String clause : capabilities(jar)) {
        Matcher record = attribute("record").matcher(clause);
        Matcher module = attribute("module").matcher(clause);
        if (clause.startsWith(OptionSet.NAMESPACE + ";") && record.find()) {
          records.put(record.group(1), String.valueOf(jar.getFileName()));
        } else if (clause.startsWith(Module.NAMESPACE + ";") && module.find()) {
          catalog.declareStanza(module.group(1), String.valueOf(jar.getFileName()));
        }
      }
    }
    for (Map.Entry<String, String> one : records.entrySet()) {
      catalog.declare(
          Class.forName(one.getKey(), false, ManualExamplesTest.class.getClassLoader())
              .asSubclass(Record.class),
          one.getValue());
    }
    return catalog;
  }

  private static Pattern attribute(String name) {
    return Pattern.compile(";" + name + "(?::String)?=\"?([^\";,]+)");
  }

  private static List<String> capabilities(Path jar) throws IOException {
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null);
        InputStream in = loader.getResourceAsStream("META-INF/MANIFEST.MF")) {
      String header = new Manifest(in).getMainAttributes().getValue("Provide-Capability");
      // commas inside quotes do not separate
      return header == null
          ? List.of()
          : List.of(header.split(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", -1));
    }
  }
}
