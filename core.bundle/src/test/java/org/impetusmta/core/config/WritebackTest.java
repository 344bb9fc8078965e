package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which file an online change is saved in, and what is left of the rest of the file. */
class WritebackTest {
  @TempDir Path folder;
  private final Set<Path> locked = new HashSet<>();

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private String read(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  private ConfigEngine engine(String main) throws Exception {
    ConfigEngine engine =
        new ConfigEngine(
            SampleOptions.catalog(),
            InstantSource.system(),
            new ConfigFiles(List.of()),
            file -> Files.isWritable(file) && !locked.contains(file));
    engine.load(write("main.conf", main));
    return engine;
  }

  /** Each change is {@code set …} or {@code unset …}. */
  private static void change(ConfigEngine engine, String... changes) throws ConfigException {
    try (Transaction transaction = engine.begin(false)) {
      for (String change : changes) {
        if (change.startsWith("set ")) {
          transaction.set(change.substring(4));
        } else {
          transaction.unset(change.substring(6));
        }
      }
      transaction.commit();
    }
  }

  private static List<String> shown(ConfigEngine engine) throws ConfigException {
    return engine.view().show(ConfigPath.GLOBAL, true);
  }

  /** Saves everything; what is in force is what a reload finds. */
  private static Written saved(ConfigEngine engine) throws ConfigException {
    ConfigScope inForce = ((ConfigGeneration) engine.current()).root();
    Written written = engine.writeback();
    assertThat(written.unsaved()).isEmpty();
    assertThat(written.warnings()).isEmpty();
    engine.reload(Optional.empty());
    ConfigScope read = ((ConfigGeneration) engine.current()).root();
    assertThat(Difference.between(read, inForce)).isEmpty();
    assertThat(Difference.sameOrderOfPatterns(read, inForce)).isTrue();
    assertThat(engine.writeback().files()).isEmpty();
    return written;
  }

  static Stream<Arguments> edits() {
    return Stream.of(
        // one value, and nothing else
        Arguments.of(
            "# é\nGateway   =\told   # why\n\n\n/* end */",
            "set gateway new",
            "# é\nGateway   =\tnew   # why\n\n\n/* end */"),
        Arguments.of(
            "\uFEFFGateway = a\r\nblackhole=on",
            "set gateway \"b c\"",
            "\uFEFFGateway = \"b c\"\r\nblackhole=on"),
        Arguments.of(
            "gateway = a/* x */ blackhole = on",
            "set gateway b",
            "gateway = b/* x */ blackhole = on"),
        Arguments.of("domain a{gateway=a}", "set domain a gateway 'b'", "domain a{gateway='b'}"),
        Arguments.of("gateway = a gateway = b", "set gateway c", "gateway = a gateway = c"),
        Arguments.of(
            "types {\n\tlist = ( a\n\t\tb ) # two\n}\n",
            "set types list ( c d )",
            "types {\n\tlist = (\n\t  c\n\t  d\n\t) # two\n}\n"),
        Arguments.of(
            "types {\r\n  dictionary [ a = b ]\r\n}\r\n",
            "set types dictionary [ c = \"d e\" ]",
            "types {\r\n  dictionary [\r\n    c = \"d e\"\r\n  ]\r\n}\r\n"),
        Arguments.of(
            "types { list (a)bool = on }", "set types list b", "types { list  = b bool = on }"),
        // new options
        Arguments.of("gateway = a", "set blackhole on", "gateway = a\nBlackhole = on\n"),
        Arguments.of("", "set blackhole on", "Blackhole = on\n"),
        Arguments.of("gateway = a # c", "set blackhole on", "gateway = a # c\nBlackhole = on\n"),
        Arguments.of("gateway = a\r\n", "set blackhole on", "gateway = a\r\nBlackhole = on\r\n"),
        Arguments.of(
            "domain a {\n\n    gateway = a\n  }\n",
            "set domain a blackhole on",
            "domain a {\n\n    gateway = a\n    Blackhole = on\n  }\n"),
        Arguments.of(
            "\tdomain a {\n\t}\n",
            "set domain a blackhole on",
            "\tdomain a {\n\t\tBlackhole = on\n\t}\n"),
        Arguments.of("domain a { }", "set domain a blackhole on", "domain a { Blackhole = on }"),
        Arguments.of("domain a {}", "set domain a blackhole on", "domain a { Blackhole = on }"),
        Arguments.of(
            "domain a {gateway = x}",
            "set domain a blackhole on",
            "domain a {gateway = x Blackhole = on }"),
        Arguments.of(
            "domain a { gateway = x\n  /* y */ }",
            "set domain a blackhole on",
            "domain a { gateway = x\n  /* y */ Blackhole = on }"),
        Arguments.of(
            "  types {}\n",
            "set types list ( a )",
            "  types {\n    List = (\n      a\n    )\n  }\n"),
        // new stanzas
        Arguments.of(
            "gateway = a\n",
            "set esmtp_listener listen :25 idle_time 3",
            "gateway = a\nesmtp_listener {\n  listen \":25\" {\n    Idle_Time = 3\n  }\n}\n"),
        Arguments.of(
            "binding b {\n  gateway = x\n}\n# end\n",
            "set binding b domain d gateway y",
            "binding b {\n  gateway = x\n  domain \"d\" {\n    Gateway = y\n  }\n}\n# end\n"),
        Arguments.of(
            "binding b {\n}\n",
            "set binding b domain d gateway y;set binding b gateway z;set"
                + " binding b domain d blackhole on",
            "binding b {\n  domain \"d\" {\n    Gateway = y\n    Blackhole = on\n  }\n"
                + "  Gateway = z\n}\n"),
        // a pattern comes last, as it does in force
        Arguments.of(
            "binding b {\n  domain \"/a/\" { gateway = x }\n}\nbinding b { domain \"/b/\" {} }\n",
            "set binding b domain \"/c/\" gateway y",
            "binding b {\n  domain \"/a/\" { gateway = x }\n}\nbinding b { domain \"/b/\" {} }\n"
                + "binding \"b\" {\n  domain \"/c/\" {\n    Gateway = y\n  }\n}\n"),
        // taken away
        Arguments.of("gateway = a # x\n", "unset gateway", "# x\n"),
        Arguments.of(
            "blackhole = on\r\n  gateway = (\r\n a ) \r\nonly_domains = 3"
                .replace("(\r\n a )", "a"),
            "unset gateway",
            "blackhole = on\r\nonly_domains = 3"),
        Arguments.of(
            "types {\n  bool = on\n  list = (\n    a\n  )\n  number = 3\n}\n",
            "unset types list",
            "types {\n  bool = on\n  number = 3\n}\n"),
        Arguments.of("blackhole = on gateway = a\n", "unset gateway", "blackhole = on\n"),
        Arguments.of("gateway = a blackhole = on\n", "unset gateway", "blackhole = on\n"),
        Arguments.of(
            "gateway = a\ngateway = b\nblackhole = on\n", "unset gateway", "blackhole = on\n"),
        Arguments.of("domain a { gateway = b }\n", "unset domain a gateway", "domain a { }\n"),
        Arguments.of(
            "domain a {\n  gateway = b blackhole = on\n}\n", "unset domain a", "domain a {\n}\n"),
        Arguments.of(
            "\uFEFFgateway = a\nblackhole = on\n", "unset gateway", "\uFEFFblackhole = on\n"));
  }

  @ParameterizedTest
  @MethodSource("edits")
  void changesNothingElse(String before, String changes, String after) throws Exception {
    ConfigEngine engine = engine(before);
    change(engine, Arrays.stream(changes.split(";")).map(String::strip).toArray(String[]::new));
    saved(engine);
    assertThat(read("main.conf")).isEqualTo(after);
  }

  /** The example of conf.overview, 15.1.2. */
  @Test
  void theManualsExampleOfTheFirstWritableFile() throws Exception {
    String foo =
        "Domain yahoo.com {\n  Gateway = \"server.yahoo.com\"\n  include \"bar.conf\"\n}\n";
    String main = "readonly_include \"foo.conf\"\ninclude \"baz.conf\"\n";
    write("foo.conf", foo);
    write("bar.conf", "# bar\n");
    write("baz.conf", "Domain yahoo.com {\n}\n");
    ConfigEngine engine = engine(main);
    change(
        engine,
        "set domain yahoo.com gateway \"server2.yahoo.com\"",
        "set domain yahoo.com blackhole on");
    saved(engine);
    assertThat(read("bar.conf"))
        .isEqualTo("# bar\nGateway = \"server2.yahoo.com\"\nBlackhole = on\n");
    assertThat(read("foo.conf")).isEqualTo(foo);
    assertThat(read("baz.conf")).isEqualTo("Domain yahoo.com {\n}\n");
    assertThat(read("main.conf")).isEqualTo(main);
  }

  @Test
  void anOverriddenReadOnlyValueGoesBehindIt() throws Exception {
    write("early.conf", "domain a { }\n");
    write("fixed.conf", "domain a { gateway = fixed }\n");
    write("late.conf", "domain a { }\n");
    ConfigEngine engine =
        engine("include early.conf\nreadonly_include fixed.conf\ninclude late.conf\n");
    change(engine, "set domain a gateway new", "set domain a blackhole on");
    saved(engine);
    assertThat(read("early.conf")).isEqualTo("domain a { Blackhole = on }\n");
    assertThat(read("fixed.conf")).isEqualTo("domain a { gateway = fixed }\n");
    assertThat(read("late.conf")).isEqualTo("domain a { gateway = new }\n");
  }

  @Test
  void changesGoBackIntoTheFileTheyCameFrom() throws Exception {
    write("b.conf", "binding b {\n  gateway = old\n}\n");
    String main = "include b.conf\nblackhole = off\n";
    ConfigEngine engine = engine(main);
    change(engine, "set binding b gateway new", "set binding b blackhole on");
    Files.setPosixFilePermissions(
        folder.resolve("b.conf"), PosixFilePermissions.fromString("rw-r-----"));
    saved(engine);
    assertThat(read("b.conf")).isEqualTo("binding b {\n  gateway = new\n  Blackhole = on\n}\n");
    assertThat(read("main.conf")).isEqualTo(main);
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("b.conf"))))
        .isEqualTo("rw-r-----");
    try (Stream<Path> all = Files.list(folder)) {
      assertThat(all).hasSize(2);
    }
  }

  @Test
  void aFileIncludedTwiceIsReadOnly() throws Exception {
    write("twice.conf", "gateway = x\n");
    ConfigEngine engine =
        engine("domain a { include twice.conf }\ndomain b { include twice.conf }\n");
    change(engine, "set domain a gateway new", "set domain b blackhole on");
    saved(engine);
    assertThat(read("twice.conf")).isEqualTo("gateway = x\n");
    assertThat(read("main.conf"))
        .isEqualTo(
            "domain a { include twice.conf Gateway = new }\n".replace("Gateway", "gateway")
                + "domain b { include twice.conf Blackhole = on }\n");
  }

  @Test
  void changesAccumulateUntilTheyAreWrittenOrReloaded() throws Exception {
    ConfigEngine engine = engine("gateway = a\n");
    change(engine, "set gateway b");
    change(engine, "set blackhole on");
    change(engine, "set gateway c");
    assertThat(engine.writeback().files()).hasSize(1);
    assertThat(read("main.conf")).isEqualTo("gateway = c\nBlackhole = on\n");
    change(engine, "unset gateway");
    assertThat(engine.writeback().files()).hasSize(1);
    assertThat(read("main.conf")).isEqualTo("Blackhole = on\n");
    change(engine, "set gateway d");
    engine.reload(Optional.empty());
    assertThat(engine.writeback().files()).isEmpty();
    assertThat(read("main.conf")).isEqualTo("Blackhole = on\n");
  }

  @Test
  void aFileThatSaysSomethingElseNowIsLeftAlone() throws Exception {
    ConfigEngine engine = engine("gateway = a\n");
    change(engine, "set gateway b");
    write("main.conf", "gateway = a # a new comment\n");
    engine.writeback();
    assertThat(read("main.conf")).isEqualTo("gateway = b # a new comment\n");
    change(engine, "set gateway c");
    write("main.conf", "gateway = b\nblackhole = on\n");
    assertThatThrownBy(engine::writeback)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "the files were changed since they were read (blackhole in the global" + " scope at ");
    assertThat(read("main.conf")).isEqualTo("gateway = b\nblackhole = on\n");
  }

  @Test
  void whatStandsInAReadOnlyFileCannotBeUnset() throws Exception {
    write("fixed.conf", "gateway = fixed\n");
    ConfigEngine engine = engine("readonly_include fixed.conf\ngateway = over\nblackhole = on\n");
    change(engine, "unset gateway", "unset blackhole");
    Written written = engine.writeback();
    assertThat(written.warnings())
        .containsExactly(
            "gateway in the global scope stands in "
                + folder.resolve("fixed.conf")
                + ":1:1, which is read-only; it comes back when the configuration is read again");
    assertThat(read("main.conf")).isEqualTo("readonly_include fixed.conf\n");
    assertThat(engine.writeback().warnings()).hasSize(1);
  }

  @Test
  void allChangesGoToTheFileOfLocalChangesIfItSaysSo() throws Exception {
    String main = "local_changes_file = local.conf local_changes_only = on\ngateway = a\n";
    ConfigEngine engine = engine(main);
    change(engine, "set gateway b", "set domain x blackhole on");
    saved(engine);
    assertThat(read("main.conf")).isEqualTo(main);
    assertThat(read("local.conf")).isEqualTo("gateway = b\ndomain \"x\" {\n  Blackhole = on\n}\n");
    change(engine, "set gateway c", "set domain x gateway d", "unset domain x blackhole");
    saved(engine);
    assertThat(read("local.conf")).isEqualTo("gateway = c\ndomain \"x\" {\n  Gateway = d\n}\n");
    change(engine, "unset gateway");
    assertThat(engine.writeback().warnings())
        .singleElement()
        .asString()
        .contains("which Local_Changes_Only keeps as it is");
  }

  @Test
  void theFileOfLocalChangesTakesWhatNoOtherFileCan() throws Exception {
    write("fixed.conf", "binding b { gateway = x }\n");
    ConfigEngine engine =
        engine("local_changes_file = local.conf\nreadonly_include fixed.conf\nblackhole = on\n");
    change(engine, "set binding b gateway y", "set blackhole off", "set domain n gateway z");
    saved(engine);
    assertThat(read("main.conf"))
        .isEqualTo(
            "local_changes_file = local.conf\nreadonly_include fixed.conf\nblackhole = off\n");
    assertThat(read("local.conf"))
        .isEqualTo("binding \"b\" {\n  gateway = y\n}\ndomain \"n\" {\n  Gateway = z\n}\n");
  }

  @Test
  void whatFitsNowhereIsShown() throws Exception {
    ConfigEngine engine = engine("gateway = a\n");
    locked.add(folder.resolve("main.conf").toRealPath());
    change(engine, "set gateway b", "set domain x blackhole on");
    Written written = engine.writeback();
    assertThat(written.files()).isEmpty();
    assertThat(written.unsaved())
        .containsExactly("gateway = b", "domain \"x\" {", "  Blackhole = on", "}");
    // the way out that the manual shows
    change(engine, "set local_changes_file local.conf");
    Written saved = engine.writeback();
    assertThat(saved.unsaved()).isEmpty();
    assertThat(saved.warnings())
        .singleElement()
        .asString()
        .startsWith("Local_Changes_File is said in no file that can be written");
    assertThat(read("local.conf"))
        .isEqualTo(
            "gateway = b\ndomain \"x\" {\n  Blackhole = on\n}\nLocal_Changes_File = local.conf\n");
    assertThat(engine.writeback().files()).isEmpty();
  }

  @Test
  void theFileOfLocalChangesMustBeOfItsOwnAndWritable() throws Exception {
    write("part.conf", "");
    ConfigEngine engine = engine("include part.conf\n");
    for (String name : List.of("main.conf", "part.conf")) {
      assertThatThrownBy(() -> change(engine, "set local_changes_file " + name))
          .hasMessageContaining("which is part of the configuration already");
    }
    assertThatThrownBy(() -> change(engine, "set local_changes_file none/x.conf"))
        .hasMessageContaining("expected a file that can be written");
    assertThatThrownBy(() -> change(engine, "set local_changes_only on"))
        .hasMessageContaining("expected Local_Changes_File to say where changes go");
    assertThatThrownBy(() -> engine("local_changes_only = on"))
        .hasMessageStartingWith(folder.resolve("main.conf") + ":1:1: ");
    locked.add(write("locked.conf", "").toRealPath());
    assertThatThrownBy(() -> engine("local_changes_file = locked.conf"))
        .hasMessageContaining("expected a file that can be written");
    write("other.conf", "gateway = x\n");
    ConfigEngine later = engine("");
    change(later, "set local_changes_file other.conf");
    assertThatThrownBy(later::writeback).hasMessageContaining("was not read, but holds something");
  }

  @Test
  void whatTheOldFileOfLocalChangesSaysMovesToTheNewOne() throws Exception {
    write("one.conf", "gateway = one\n");
    ConfigEngine engine = engine("local_changes_file = one.conf\nlocal_changes_only = off\n");
    change(engine, "set local_changes_file two.conf");
    saved(engine);
    assertThat(read("main.conf"))
        .isEqualTo("local_changes_file = two.conf\nlocal_changes_only = off\ngateway = one\n");
    assertThat(read("one.conf")).isEqualTo("gateway = one\n");
  }

  @Test
  void anotherFileTakesTheWholeConfiguration() throws Exception {
    write("b.conf", "gateway = old\n");
    ConfigEngine engine = engine("domain d { include b.conf }\n# comment\nblackhole = on");
    change(engine, "set domain d gateway new");
    Written written = engine.writeback(Path.of("all.conf"));
    assertThat(written.files()).containsExactly(folder.resolve("all.conf"));
    assertThat(read("all.conf")).isEqualTo("domain \"d\" {\n  gateway = new\n}\nblackhole = on\n");
    assertThat(read("b.conf")).isEqualTo("gateway = old\n");
    List<String> before = shown(engine);
    engine.reload(Optional.of(Path.of("all.conf")));
    assertThat(shown(engine)).isEqualTo(before);
    change(engine, "set blackhole off");
    engine.writeback();
    assertThat(read("all.conf")).contains("blackhole = off");
    engine.reload(Optional.empty());
    for (String name : List.of("b.conf", "main.conf")) {
      assertThatThrownBy(() -> engine.writeback(Path.of(name)))
          .hasMessageContaining("is part of the configuration");
    }
    assertThatThrownBy(() -> engine.writeback(Path.of("."))).hasMessageContaining("regular file");
    assertThatThrownBy(() -> engine.writeback(Path.of("no/such/file")))
        .hasMessageContaining("cannot be written");
  }

  @Test
  void whatWasBegunFromScratchReplacesTheFiles() throws Exception {
    write("b.conf", "gateway = old\n");
    ConfigEngine engine =
        engine("# kept\ninclude b.conf\ndomain a {\n  gateway = x # y\n}\nblackhole = on\n");
    try (Transaction scratch = engine.begin(true)) {
      scratch.set("blackhole off");
      scratch.set("threadpool IO concurrency 7");
      scratch.commit();
    }
    saved(engine);
    assertThat(read("main.conf"))
        .isEqualTo(
            "# kept\ninclude b.conf\nblackhole = off\nThreadPool \"IO\" {\n  Concurrency = 7\n}\n");
    assertThat(read("b.conf")).isEmpty();
  }

  @Test
  void aConfigurationThatCameFromNoFileCannotBeWritten() throws Exception {
    ConfigEngine engine = ConfigEngine.ofText(SampleOptions.catalog(), "");
    assertThatThrownBy(engine::writeback).hasMessageContaining("came from no file");
  }

  @Test
  void a2xStanzaIsOverriddenByAModernOneAtTheEndOfItsFile() throws Exception {
    String listener = "Esmtp_Listener = (\n  *:25 # mail\n)\n";
    write("old.conf", listener);
    ConfigEngine engine = engine("include old.conf\nblackhole = on\n");
    change(engine, "set esmtp_listener idle_time 4", "set esmtp_listener listen *:25 enable off");
    saved(engine);
    assertThat(read("main.conf")).isEqualTo("include old.conf\nblackhole = on\n");
    assertThat(read("old.conf"))
        .startsWith(listener)
        .contains("Esmtp_Listener {", "Idle_Time = 4", "Enable = off");
  }

  @Test
  void aStanzaThatCannotBeEditedIsFollowedByAModernOne() throws Exception {
    Path main = write("main.conf", "gateway = old\n").toRealPath();
    SourceMap map = new SourceMap();
    ScopeBuilder root = new ScopeBuilder(new Position("main.conf", 1, 1), map);
    int before = map.enter(main, "Esmtp_Listener = ( *:25 )\n", root);
    Position at = new Position("main.conf", 1, 1);
    ScopeBuilder listener = root.stanza("Esmtp_Listener", Optional.empty(), at);
    listener.add(new ConfigOption("Idle_Time", ConfigValue.Text.bare("3"), at));
    map.leave(before);
    ConfigTree tree =
        new ConfigTree(root.build(), List.of(new ConfigTree.SourceFile(main, false)), map);
    ConfigPath path =
        new ConfigPath(List.of(new ConfigPath.Step("Esmtp_Listener", Optional.empty())));
    ConfigScope wanted =
        new Change.Set(path, "Idle_Time", ConfigValue.Text.bare("4")).apply(tree.root());
    WritebackPlan.Edits edits =
        new WritebackPlan(tree, new LocalChanges(Optional.empty(), false), Files::isWritable)
            .edits(wanted, Optional.empty());
    assertThat(edits.texts())
        .containsEntry(main, "Esmtp_Listener = ( *:25 )\nEsmtp_Listener {\n  Idle_Time = 4\n}\n");
    ConfigScope unset = new Change.Unset(path, Optional.of("Idle_Time")).apply(tree.root());
    assertThat(
            new WritebackPlan(tree, new LocalChanges(Optional.empty(), false), Files::isWritable)
                .edits(unset, Optional.empty())
                .warnings())
        .hasSize(1);
    assertThat(new ArrayList<>(edits.unsaved())).isEmpty();
  }
}
