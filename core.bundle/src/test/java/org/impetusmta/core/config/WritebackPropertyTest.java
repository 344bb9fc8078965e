package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random files, random changes: after a writeback a reload finds what was in force, and what no
 * change is about stands in the files as it stood, in its order.
 */
class WritebackPropertyTest {
  private static final List<String> SCOPES =
      List.of("domain a", "domain \"/b/\"", "binding x", "binding y", "domain \"/c/\"");
  private static final List<String> OPTIONS =
      List.of("gateway", "blackhole", "max_outbound_connections");
  private static final List<String> ENDS =
      List.of("\n", "\r\n", " ", " # kept\n", "\n\n\t", "/*k*/\n");
  private static final List<String> BLANKS = List.of(" ", "", "\t", " /* = */ ", "\n");

  @TempDir Path folder;

  private static String pick(Random random, List<String> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static String value(Random random, String option) {
    return switch (option) {
      case "blackhole" -> random.nextBoolean() ? "on" : "'off'";
      case "gateway" -> pick(random, List.of("h", "\"a b\"", "'c'", "\"#}\"", "\"x\\\\\""));
      default -> String.valueOf(random.nextInt(9));
    };
  }

  private static void body(Random random, int depth, List<String> includes, StringBuilder out) {
    for (int i = random.nextInt(5); i > 0; i--) {
      int what = random.nextInt(10);
      if (what < 6 || depth > 2) {
        String option = pick(random, OPTIONS);
        out.append(option).append(pick(random, BLANKS)).append('=');
        out.append(pick(random, BLANKS)).append(value(random, option));
      } else if (what < 7 && !includes.isEmpty()) {
        out.append(random.nextBoolean() ? "include " : "readonly_include ");
        out.append(random.nextInt(4) > 0 ? includes.removeLast() : includes.getLast());
      } else {
        out.append(pick(random, depth == 0 ? SCOPES : SCOPES.subList(0, 2)));
        out.append(pick(random, List.of(" {", "\n{\n", " { # kept\n", "{")));
        if (depth == 0 || out.lastIndexOf("domain") < out.lastIndexOf("binding")) {
          body(random, depth == 0 && inBinding(out) ? 1 : 3, includes, out);
        }
        out.append(pick(random, List.of("}", " }", "\n}", "\r\n\t}")));
      }
      out.append(pick(random, ENDS));
    }
  }

  private static boolean inBinding(StringBuilder out) {
    return out.lastIndexOf("binding") > out.lastIndexOf("domain");
  }

  private void files(Random random) throws IOException {
    List<String> names = List.of("e.conf", "d.conf", "c.conf", "b.conf");
    for (int i = 0; i < names.size(); i++) {
      StringBuilder text = new StringBuilder();
      // included in any scope: plain options only
      for (int n = random.nextInt(3); n > 0; n--) {
        String option = pick(random, OPTIONS);
        text.append(option).append(" = ").append(value(random, option)).append(pick(random, ENDS));
      }
      Files.writeString(folder.resolve(names.get(i)), text);
    }
    StringBuilder text = new StringBuilder(random.nextInt(5) == 0 ? "\uFEFF" : "");
    if (random.nextInt(3) == 0) {
      text.append("local_changes_file = local.conf\n");
      if (random.nextInt(3) == 0) {
        text.append("local_changes_only = on\n");
      }
    }
    body(random, 0, new ArrayList<>(names), text);
    Files.writeString(folder.resolve("main.conf"), text);
    Files.deleteIfExists(folder.resolve("local.conf"));
  }

  private static void change(Random random, Transaction transaction) throws ConfigException {
    String scope =
        switch (random.nextInt(4)) {
          case 0 -> "";
          case 1 -> "binding " + pick(random, List.of("x", "y", "z")) + " domain \"/b/\" ";
          default -> pick(random, SCOPES) + " ";
        };
    String option = pick(random, OPTIONS);
    switch (random.nextInt(6)) {
      case 0 -> transaction.unset(scope + option);
      case 1 -> transaction.unset(scope.isEmpty() ? "domain a" : scope);
      default -> transaction.set(scope + option + " = " + value(random, option));
    }
  }

  /** The comments, which no change is about. */
  private String comments() throws IOException {
    StringBuilder out = new StringBuilder();
    for (String name : List.of("main.conf", "b.conf", "c.conf", "d.conf", "e.conf")) {
      String text = Files.readString(folder.resolve(name));
      out.append(name).append(text.split("# kept", -1).length);
      out.append('/').append(text.split("/\\*k\\*/", -1).length);
      out.append('/').append(text.startsWith("\uFEFF")).append(' ');
    }
    return out.toString();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatIsWrittenIsWhatIsInForce(long seed) throws Exception {
    Random random = new Random(seed);
    OptionCatalog catalog = SampleOptions.catalog();
    int saved = 0;
    for (int round = 0; round < 40; round++) {
      files(random);
      ConfigEngine engine = new ConfigEngine(catalog, InstantSource.system());
      try {
        engine.load(folder.resolve("main.conf"));
      } catch (ConfigException e) {
        continue; // such as a binding in a domain
      }
      String comments = comments();
      String before = Files.readString(folder.resolve("main.conf"));
      for (int step = 0; step < 3; step++) {
        try (Transaction transaction = engine.begin(false)) {
          for (int i = random.nextInt(4); i >= 0; i--) {
            change(random, transaction);
          }
          transaction.commit();
        }
        ConfigScope inForce = ((ConfigGeneration) engine.current()).root();
        Written written = engine.writeback();
        String told = before + "\n---\n" + Files.readString(folder.resolve("main.conf"));
        engine.reload(Optional.empty());
        ConfigScope read = ((ConfigGeneration) engine.current()).root();
        assertThat(comments()).as(told).isEqualTo(comments);
        if (written.warnings().isEmpty() && written.unsaved().isEmpty()) {
          saved++;
          assertThat(Difference.between(read, inForce)).as(told).isEmpty();
          assertThat(Difference.sameOrderOfPatterns(read, inForce)).as(told).isTrue();
        }
      }
    }
    assertThat(saved).isGreaterThan(20);
  }

  /** Every option that the files say, with the way to it. */
  private static List<Difference.Said> said(ConfigScope root) {
    return Difference.between(ConfigScope.EMPTY, root).stream()
        .filter(Difference.Said.class::isInstance)
        .map(Difference.Said.class::cast)
        .filter(said -> OPTIONS.contains(said.option().name()))
        .toList();
  }

  private List<String> texts() throws IOException {
    List<String> texts = new ArrayList<>();
    for (String name : List.of("main.conf", "b.conf", "c.conf", "d.conf", "e.conf")) {
      texts.add(Files.readString(folder.resolve(name)));
    }
    return texts;
  }

  private static void setAndWrite(ConfigEngine engine, Difference.Said said, ConfigValue value)
      throws ConfigException {
    try (Transaction transaction = engine.begin(false)) {
      transaction.set(said.path(), said.option().written(), value);
      transaction.commit();
    }
    engine.writeback();
  }

  @ParameterizedTest
  @ValueSource(longs = {7, 8, 9})
  void aValueThereAndBackLeavesTheFilesAsTheyWere(long seed) throws Exception {
    Random random = new Random(seed);
    OptionCatalog catalog = SampleOptions.catalog();
    int replaced = 0;
    for (int round = 0; round < 40; round++) {
      files(random);
      Path main = folder.resolve("main.conf");
      ConfigEngine engine = new ConfigEngine(catalog, InstantSource.system());
      try {
        engine.load(main);
      } catch (ConfigException e) {
        continue;
      }
      ConfigTree tree = new ConfigParser(new ConfigFiles(List.of())).parse(main);
      boolean only = LocalChanges.of(tree.root(), main).only();
      for (Difference.Said said : only ? List.<Difference.Said>of() : said(tree.root())) {
        int file =
            tree.sources().root().at(said.path()).statements(said.option().name()).getLast().file();
        if (!tree.files().get(file).readOnly()) {
          List<String> before = texts();
          String other = said.option().name().equals("blackhole") ? "true" : "99999";
          setAndWrite(engine, said, ConfigValue.Text.bare(other));
          assertThat(texts()).isNotEqualTo(before);
          setAndWrite(engine, said, said.option().value());
          assertThat(texts()).isEqualTo(before);
          replaced++;
        }
      }
    }
    assertThat(replaced).isGreaterThan(20);
  }
}
