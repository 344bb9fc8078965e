package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.impetusmta.testkit.Inventory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The console of a whole server, compared with the inventory of the manual's commands. The
 * inventory lies where that of {@link OptionDriftTest} does; without it the comparison is skipped.
 * A command is there when {@code help} knows its words, or those of a command that takes the rest
 * as arguments and answers to them.
 */
class ConsoleCoverageTest {
  /** What is not there, by the first words of the inventory's name, and why. */
  private static final Map<String, String> MISSING =
      """
      \\pager | it is ec_console's own, see EcConsoleTest
      xml <command> | a form, not a command
      debug module | the manual itself replaces it by config set debug_flags
      <registered prefix> | comes with scripting
      signing_stats | comes with the modules that sign
      adaptive | comes with adaptive delivery
      antivirus | comes with virus scanning
      bounce_classifier | the name that bounce_classifier_override had in 3.x
      commtouch_ctasd | comes with spam filtering
      beik | comes with spam filtering
      cloudmark | comes with spam filtering
      dk_sign | comes with the modules that sign
      dkim_sign | comes with the modules that sign
      dkim_validate | comes with the modules that sign
      cluster | comes with clustering
      eccmgr: | comes with clustering
      sieve | comes with scripting
      cidr_cli: | typed in cidr_cli, see CidrProgramsTest
      curfew | comes with the module curfew
      scriptlet | comes with scripting
      binding domain stats | the changelog names no command and shows no answer
      """
          .lines()
          .map(line -> line.split(" \\| "))
          .collect(
              Collectors.toMap(
                  cells -> cells[0], cells -> cells[1], (a, b) -> a, LinkedHashMap::new));

  /** Names of the inventory that say how something is typed rather than what. */
  private static final Map<String, String> TYPED =
      Map.of(
          "fail domain / fail domain quiet: --dry-run, --meta, --header", "fail domain quiet",
          "binding fail domain [quiet]: --dry-run, --meta, --header", "binding fail domain quiet",
          "reroute queue: --dry-run, --meta, --header, source all", "reroute queue",
          "threads busy, threads POOL stats, thread pool stats reset", "thread pool stats reset",
          "threads cpu queue", "threads pool queue",
          "threads io queue", "threads pool queue",
          "config set debug_flags", "config set",
          "domain D (extended output)", "domain",
          "summary (new fields)", "summary",
          "dns_cache lookup (all addresses)", "dns_cache lookup");

  @TempDir Path folder;

  private static List<String> wanted() throws IOException {
    List<String> wanted = new ArrayList<>();
    for (String[] cells : Inventory.rows("console.tsv")) {
      if (!cells[0].equals("command")) {
        wanted.add(cells[0]);
      }
    }
    for (String[] cells : Inventory.rows("newer.tsv")) {
      if (cells[0].equals("console") && !cells[4].equals("rule")) {
        wanted.add(cells[1]);
      }
    }
    return wanted;
  }

  @Test
  void every_command_of_the_manual_is_there_or_its_absence_has_a_reason() throws IOException {
    List<String> wanted = wanted();
    Set<String> unused = new TreeSet<>(MISSING.keySet());
    List<String> absent = new ArrayList<>();
    int there = 0;
    String modules =
        """
        bounce_classifier_override { }
        bounce_logger { }
        cidrdb { }
        delay_dsn { }
        inbound_audit { }
        dnsbuf { }
        fingerprint { }
        ds_core { }
        ds_ldap { }
        mta_sts { }
        outbound_audit { }
        sched { }
        sievelib { }
        Authorization { Role "root" { allow = ( ".*" ) } }
        """;
    try (Server server = Server.start(folder, modules)) {
      Set<String> known = names(server.console("help"));
      for (String row : wanted) {
        String command =
            TYPED
                .getOrDefault(row, row)
                .replaceFirst("^xml (?=cidrdb )", "")
                .replaceFirst("^(config set) dnsbuf .*", "$1");
        if (exists(command, known)) {
          there++;
          continue;
        }
        List<String> reasons =
            MISSING.keySet().stream()
                .filter(prefix -> command.equals(prefix) || begins(command, prefix))
                .toList();
        unused.removeAll(reasons);
        if (reasons.isEmpty()) {
          absent.add(row);
        }
      }
    }
    System.out.printf("console: %d commands of the manual are there%n", there);
    assertThat(absent).as("neither there nor explained").isEmpty();
    assertThat(unused).as("reasons that nothing needs any more").isEmpty();
  }

  private static boolean begins(String command, String prefix) {
    return command.startsWith(prefix) && " :_".indexOf(command.charAt(prefix.length())) >= 0;
  }

  /** What stands in front of the first argument in each line. */
  private static Set<String> names(String help) {
    Set<String> names = new TreeSet<>();
    for (String line : help.lines().toList()) {
      names.add(line.strip().toLowerCase(Locale.ROOT));
    }
    return names;
  }

  private static boolean exists(String command, Set<String> known) {
    String typed =
        command
            .replaceAll(" [\\[A-Z].*", "")
            .toLowerCase(Locale.ROOT)
            .replaceFirst("^(ec_logger|bounce_logger|delay_dsn|outbound_audit):instance", "$1:$1");
    List<String> words = List.of(typed.split(" ", -1));
    for (int count = words.size(); count > 0; count--) {
      String begin = String.join(" ", words.subList(0, count));
      List<String> rest = words.subList(count, words.size());
      for (String line : known) {
        if ((line + " ").startsWith(begin + " ") && takes(line.substring(begin.length()), rest)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether the synopsis of a command names these words, or there are none. */
  private static boolean takes(String synopsis, List<String> rest) {
    return rest.stream()
        .allMatch(word -> List.of(synopsis.split("[^a-z0-9_:-]+", -1)).contains(word));
  }
}
