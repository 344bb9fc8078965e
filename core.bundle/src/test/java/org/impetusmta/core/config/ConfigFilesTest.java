package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFilesTest {
  @TempDir Path folder;

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private ConfigTree parse(Path file, Path... search) throws ConfigException {
    return new ConfigParser(new ConfigFiles(List.of(search))).parse(file);
  }

  private static String value(ConfigTree tree, String option) {
    ConfigOption found = tree.root().option(option);
    return found == null ? "unset" : found.value().printed("");
  }

  @Test
  void includesFilesAndFoldersInLexicalOrder() throws Exception {
    write("conf.d/10-b.conf", "order = ten from = b");
    write("conf.d/02-a.conf", "order = two only_a = yes");
    write("conf.d/.hidden", "order = hidden");
    write("conf.d/sub/x.conf", "order = sub");
    Path main = write("main.conf", "order = main include \"conf.d\" last = 1");
    ConfigTree tree = parse(main);
    assertThat(value(tree, "order")).isEqualTo("ten");
    assertThat(value(tree, "only_a")).isEqualTo("yes");
    assertThat(tree.files().stream().map(file -> file.path().getFileName().toString()))
        .containsExactly("main.conf", "02-a.conf", "10-b.conf");
  }

  @Test
  void looksBesideTheIncludingFileThenAlongTheSearchPath() throws Exception {
    write("global/x.conf", "x = global");
    write("default/x.conf", "x = default");
    write("default/y.conf", "y = default");
    write("etc/y.conf", "y = beside");
    Path main = write("etc/main.conf", "include x.conf include y.conf");
    ConfigTree tree = parse(main, folder.resolve("global"), folder.resolve("default"));
    assertThat(value(tree, "x")).isEqualTo("global");
    assertThat(value(tree, "y")).isEqualTo("beside");
  }

  @Test
  void includesInsideAScopeAndMarksWhatIsReadOnly() throws Exception {
    write("domain.conf", "gateway = here");
    write("twice.conf", "twice = yes");
    write("ro.conf", "include below.conf");
    write("below.conf", "below = yes");
    Path main =
        write(
            "main.conf",
            "domain yahoo.com { include domain.conf }\n"
                + "readonly_include ro.conf\ninclude twice.conf\ninclude \"file://"
                + folder.resolve("twice.conf")
                + "\"");
    ConfigTree tree = parse(main);
    ConfigScope domain = tree.root().scopes("domain").getFirst();
    assertThat(domain.option("gateway")).isNotNull();
    assertThat(tree.files())
        .filteredOn(ConfigTree.SourceFile::readOnly)
        .map(file -> file.path().getFileName().toString())
        .containsExactly("ro.conf", "twice.conf");
  }

  @Test
  void localChangesComeLast() throws Exception {
    write("local.conf", "x = local");
    Path main = write("main.conf", "local_changes_file = local.conf x = main");
    assertThat(value(parse(main), "x")).isEqualTo("local");
    Path missing = write("none.conf", "local_changes_file = not_yet.conf x = main");
    assertThat(value(parse(missing), "x")).isEqualTo("main");
    Path part = write("part.conf", "include local.conf local_changes_file = local.conf");
    assertThatThrownBy(() -> parse(part)).hasMessageContaining("expected a file of its own");
  }

  @Test
  void refusesLoops() throws Exception {
    Path main = write("main.conf", "a = 1\ninclude b.conf");
    write("b.conf", "domain x {\n include main.conf\n}");
    assertThatThrownBy(() -> parse(main))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            folder.resolve("b.conf")
                + ":2:10: in domain \"x\": found an include of "
                + main
                + ", which is being read; expected no loop of includes");
  }

  @Test
  void refusesAnExplosionOfIncludes() throws Exception {
    for (int i = 0; i < 30; i++) {
      write("f" + i, "include f" + (i + 1) + " include f" + (i + 1));
    }
    write("f30", "");
    assertThatThrownBy(() -> parse(folder.resolve("f0")))
        .hasMessageContaining("behind 10000 files, expected no more of them");
  }

  @Test
  void refusesWhatCannotBeRead() throws Exception {
    assertThatThrownBy(() -> parse(folder.resolve("missing.conf")))
        .hasMessage(folder.resolve("missing.conf") + ": cannot be read: there is no such file");
    assertThatThrownBy(() -> parse(folder))
        .hasMessageContaining("found no regular file, expected a configuration file");
    Path including = write("inc.conf", "\n include nowhere.conf");
    assertThatThrownBy(() -> parse(including))
        .hasMessage(
            including + ":2:10: in the global scope: there is no file or folder \"nowhere.conf\"");
    Path device = write("dev.conf", "include /dev/zero");
    assertThatThrownBy(() -> parse(device))
        .hasMessage(
            device
                + ":1:9: in the global scope: /dev/zero: found no regular file, expected a"
                + " configuration file");
    Path latin = folder.resolve("latin.conf");
    Files.write(latin, "a = 1\nb = \u00fc".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> parse(latin))
        .hasMessage(latin + ":2:5: found invalid UTF-8, expected text");
    Path large = folder.resolve("large.conf");
    try (var channel = new java.io.RandomAccessFile(large.toFile(), "rw")) {
      channel.setLength(100L << 20);
    }
    assertThatThrownBy(() -> parse(large)).hasMessageContaining("expected a configuration file of");
  }
}
