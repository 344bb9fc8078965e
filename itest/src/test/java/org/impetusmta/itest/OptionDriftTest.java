package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.impetusmta.testkit.Inventory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What {@code ec_dump_config} knows of options, compared with the inventory of the manual's options
 * and with the committed reference page. Without the inventory the comparison is skipped.
 */
class OptionDriftTest {
  private static final Path ROOT = Path.of(System.getProperty("impetus.root", ".."));

  /** Where we differ from the inventory on purpose: option, what of it, and why. */
  private static final List<Difference> DIFFERENCES =
      """
      adaptive_alert_email_sender | default | NULL means the null sender, which is what an unset option gives
      address | dynamic | the agent begins anew with its stanza; the server need not
      backlog | default | a pool that is predefined has its own; of others it is 0
      community | dynamic | the agent begins anew with its stanza; the server need not
      concurrency | default | the inventory has that of a listener; a pool's is 4, unless it is predefined, a loop pool's the processors
      force_fsync | default | mail that was accepted must survive a crash of the machine
      group | default | as user
      hostname | default | the operating system's name is asked where the option is unset
      listen_backlog | dynamic | it is given to the kernel when a socket begins to listen
      local_changes_file | default | the inventory has the path of the original's installation
      mailerdaemon | default | made of the hostname where the option is unset
      max_outbound_connections | default | a host does not fall back; its default is no limit
      max_resident_messages | default | a binding that does not say has max_resident_messages_per_binding, which is unset
      rfc2822_lone_lf_in_body | default | lines that readers may see differently are taken only where somebody asks for it
      stack_size | dynamic | threads that are made after the change have it
      state | dynamic | as address
      syscontact | dynamic | the agent begins anew with its stanza; the server need not
      sysdescription | dynamic | the agent begins anew with its stanza; the server need not
      syslocation | dynamic | the agent begins anew with its stanza; the server need not
      tcp_buffer_size | default | as tcp_recv_buffer_size
      tcp_recv_buffer_size | default | the operating system sizes buffers better than a fixed 4096; those planned are per listener
      tcp_send_buffer_size | default | as tcp_recv_buffer_size
      tls_ciphers | default | DEFAULT; the inventory adds whose notation it is
      trap_interval | dynamic | as address
      user | default | where nobody says it the server stays the user that started it; there may be no ecuser
      watch_interval | dynamic | as address
      watch_variables | dynamic | as address
      """
          .lines()
          .map(line -> line.split(" *\\| *"))
          .map(cells -> new Difference(cells[0], cells[1], cells[2]))
          .toList();

  /** One line of {@link #DIFFERENCES}. */
  private record Difference(String option, String what, String reason) {}

  /** One line of the schema. */
  private record Line(
      String name,
      Set<String> scopes,
      String type,
      String defaultValue,
      boolean dynamic,
      String module,
      String state) {}

  private static List<Line> schema = List.of();

  private final List<String> drift = new ArrayList<>();
  private final Set<Difference> used = new HashSet<>();

  private static String ask(String argument) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(Server.DISTRIBUTION.resolve("bin/ec_dump_config").toString(), argument)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    return answer;
  }

  @BeforeAll
  static void readSchema() throws IOException, InterruptedException {
    List<String> lines = ask("--schema").lines().toList();
    assertThat(lines.getFirst()).isEqualTo("name\tscopes\ttype\tdefault\tdynamic\tmodule\tstate");
    schema =
        lines.stream()
            .skip(1)
            .map(line -> line.split("\t", -1))
            .map(
                cells ->
                    new Line(
                        cells[0],
                        new LinkedHashSet<>(Arrays.asList(cells[1].split(","))),
                        cells[2],
                        cells[3],
                        cells[4].equals("yes"),
                        cells[5],
                        cells[6]))
            .toList();
  }

  @Test
  void the_reference_page_is_that_of_this_build() throws IOException, InterruptedException {
    Path page = ROOT.resolve("docs/reference/options.md");
    assertThat(ask("--reference"))
        .as("%s is stale: bin/ec_dump_config --reference -f %s", page, page)
        .isEqualTo(Files.readString(page));
  }

  @Test
  void every_option_of_the_manual_is_there_as_the_manual_has_it() throws IOException {
    rows("options.tsv").forEach(this::compare);
    for (Row row : rows("newer.tsv")) {
      boolean published = !row.cell("scopes").startsWith("(changelog");
      if (published && List.of("option", "deprecated option").contains(row.cell("kind"))) {
        covered(row); // defaults and flags are prose there
      }
    }
    for (Line line : schema) {
      if (line.state.equals("planned")) {
        schema.stream()
            .filter(other -> other.state.equals("active") && other.name.equals(line.name))
            .filter(other -> other.type.equals("stanza") == line.type.equals("stanza"))
            .filter(other -> !listens(line, other))
            .filter(other -> other.scopes.stream().anyMatch(line.scopes::contains))
            .forEach(other -> drift.add(line.name + " is both planned and active"));
      }
    }
    DIFFERENCES.stream()
        .filter(exception -> !used.contains(exception))
        .forEach(exception -> drift.add("no exception is needed any more: " + exception));
    System.out.printf(
        "options: %d active, %d planned; stanzas: %d active, %d planned%n",
        count("active", false),
        count("planned", false),
        count("active", true),
        count("planned", true));
    assertThat(drift).isEmpty();
  }

  /** The listens and pathways of different listeners go by the same name. */
  private static boolean listens(Line line, Line other) {
    Set<String> shared = new HashSet<>(line.scopes);
    shared.retainAll(other.scopes);
    shared.removeAll(Set.of("listen", "peer"));
    return shared.isEmpty();
  }

  private static long count(String state, boolean stanzas) {
    return schema.stream()
        .filter(line -> line.state.equals(state) && line.type.equals("stanza") == stanzas)
        .count();
  }

  /** One line of the inventory. */
  private record Row(Map<String, String> cells) {
    String cell(String column) {
      return cells.getOrDefault(column, "");
    }

    String name() {
      return cell("name");
    }

    Set<String> scopes() {
      String written = cell("scopes").replaceAll(" \\(.*", "");
      return Arrays.stream(written.split(","))
          .map(
              scope ->
                  switch (scope) {
                    case "topology" -> "cluster::topology";
                    case "role" -> "authorization::role";
                    default -> scope;
                  })
          .collect(Collectors.toCollection(LinkedHashSet::new));
    }
  }

  private static List<Row> rows(String file) throws IOException {
    List<String[]> lines = Inventory.rows(file);
    String[] header = lines.getFirst();
    List<Row> rows = new ArrayList<>();
    for (String[] cells : lines.subList(1, lines.size())) {
      Map<String, String> row = new HashMap<>();
      for (int i = 0; i < Math.min(header.length, cells.length); i++) {
        row.put(header[i], cells[i]);
      }
      rows.add(new Row(row));
    }
    return rows;
  }

  private void compare(Row row) {
    String name = row.name();
    String type = row.cell("value_type");
    if (type.equals("directive")) {
      return; // include and readonly_include belong to the language, in every scope
    }
    if (type.equals("scope")) {
      for (String scope : row.scopes()) {
        boolean there =
            schema.stream()
                .filter(line -> line.type.equals("stanza") && line.name.equals(name))
                .anyMatch(line -> line.scopes.contains(scope));
        if (!there && !excused(name, "scope " + scope)) {
          drift.add("the stanza " + name + " is missing in " + scope);
        }
      }
      return;
    }
    for (Line line : covered(row)) {
      String wanted = normal(row.cell("default"), line.type);
      String found = normal(line.defaultValue, line.type);
      if (!wanted.equals(found) && !excused(name, "default")) {
        drift.add(
            "default of %s in %s: %s, expected %s".formatted(name, line.scopes, found, wanted));
      }
      if (line.dynamic != row.cell("dynamic").equals("yes") && !excused(name, "dynamic")) {
        drift.add("%s in %s: dynamic %s".formatted(name, line.scopes, line.dynamic));
      }
    }
  }

  /** The lines that have the option in one of the scopes; each of these must have one. */
  private Set<Line> covered(Row row) {
    Set<Line> lines = new LinkedHashSet<>();
    Set<String> scopes = row.scopes();
    Set<String> listeners =
        scopes.stream().filter(scope -> scope.endsWith("_listener")).collect(Collectors.toSet());
    for (String scope : scopes) {
      boolean inside = Set.of("listen", "peer").contains(scope) && !listeners.isEmpty();
      List<Line> here =
          schema.stream()
              .filter(line -> line.name.equals(row.name()) && !line.type.equals("stanza"))
              .filter(line -> line.scopes.contains(scope))
              .filter(line -> !inside || line.scopes.stream().anyMatch(listeners::contains))
              .toList();
      if (here.isEmpty() && !excused(row.name(), "scope " + scope)) {
        drift.add("%s is missing in %s (%s)".formatted(row.name(), scope, row.cell("page")));
      }
      lines.addAll(here);
    }
    return lines;
  }

  private boolean excused(String name, String what) {
    List<Difference> found =
        DIFFERENCES.stream()
            .filter(exception -> exception.option.equals(name) && exception.what.equals(what))
            .toList();
    used.addAll(found);
    return !found.isEmpty();
  }

  /** One spelling for values that mean the same. */
  private static String normal(String value, String type) {
    String text = value.toLowerCase(Locale.ROOT).strip();
    return switch (type) {
      case "boolean" ->
          switch (text) {
            case "true", "on", "yes", "1", "enabled" -> "true";
            case "false", "off", "no", "0", "disabled" -> "false";
            default -> text;
          };
      case "string" -> value.strip();
      default -> text;
    };
  }
}
