package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import aQute.bnd.header.Attrs;
import aQute.bnd.header.OSGiHeader;
import aQute.bnd.header.Parameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The index of modules in README.md is that of this build. It is made of the manifests in {@code
 * modules/}, of the line {@code State: …} in a module's README and of the options that are known
 * but not in force. With {@code -Dindex.write=true} it is written.
 */
class ModuleIndexTest {
  private static final Path ROOT = Path.of(System.getProperty("impetus.root", ".."));
  private static final String BEGIN =
      "<!-- modules: generated, see ModuleIndexTest; -Dindex.write=true writes it -->\n";
  private static final String END = "<!-- modules: end -->\n";
  private static final Path PLANNED =
      Path.of("core.bundle/src/main/resources/org/impetusmta/core/config/option");

  @Test
  void the_index_in_the_readme_is_that_of_this_build() throws IOException {
    Path readme = ROOT.resolve("README.md");
    String text = Files.readString(readme);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    assertThat(begin).as("the marks of the index").isNotNegative().isLessThan(end);
    String index = index();
    String found = text.substring(begin + BEGIN.length(), end);
    if (Boolean.getBoolean("index.write") && !found.equals(index)) {
      Files.writeString(readme, text.substring(0, begin) + BEGIN + index + text.substring(end));
      found = index;
    }
    assertThat(found)
        .as("README.md is stale: run this test with -Dindex.write=true")
        .isEqualTo(index);
  }

  private static String index() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    try (Stream<Path> jars = Files.list(Server.DISTRIBUTION.resolve("modules"))) {
      for (Path jar : jars.toList()) {
        try (JarFile file = new JarFile(jar.toFile())) {
          rows(file.getManifest().getMainAttributes(), rows);
        }
      }
    }
    StringBuilder index = new StringBuilder("\n| module | kind | what it does | state |\n");
    index.append("|---|---|---|---|\n");
    rows.values().forEach(index::append);
    List<String> planned = new ArrayList<>();
    for (String[] cells : table("planned-stanzas.tsv")) {
      if (cells[1].equals("global") && !cells[2].equals("core")) {
        planned.add(cells[0]);
      }
    }
    return index
        .append("\nPlanned, and refused in a configuration until then: ")
        .append(planned.stream().sorted().collect(Collectors.joining(", ")))
        .append(".\n\n")
        .toString();
  }

  private static void rows(Attributes manifest, Map<String, String> rows) throws IOException {
    String folder = manifest.getValue("Bundle-SymbolicName");
    Parameters capabilities = OSGiHeader.parseHeader(manifest.getValue("Provide-Capability"));
    for (Map.Entry<String, Attrs> capability : capabilities.entrySet()) {
      Attrs module = capability.getValue();
      if (!capability.getKey().startsWith("org.impetusmta.module")) {
        continue;
      }
      rows.put(
          module.get("module"),
          "| [%s](%s/) | %s | %s | %s |%n"
              .formatted(
                  module.get("module"),
                  folder,
                  module.get("kind").toLowerCase(Locale.ROOT).replace('_', ' '),
                  module.get("description"),
                  state(folder)));
    }
  }

  /** What the README says, or else whether options of the manual are still missing. */
  private static String state(String folder) throws IOException {
    for (String line : Files.readAllLines(ROOT.resolve(folder).resolve("README.md"))) {
      if (line.startsWith("State: ")) {
        return line.substring(7).strip();
      }
    }
    long missing = table("planned-options.tsv").stream().filter(c -> c[6].equals(folder)).count();
    return missing == 0 ? "complete" : missing + " options of the manual are not in force yet";
  }

  private static List<String[]> table(String file) throws IOException {
    return Files.readAllLines(ROOT.resolve(PLANNED).resolve(file)).stream()
        .skip(1)
        .map(line -> line.split("\t", -1))
        .toList();
  }
}
