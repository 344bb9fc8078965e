package org.impetusmta.client.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dialogues of cluster.cidr_server, and cidr_maintain. */
final class CidrProgramsTest {
  @TempDir Path folder = Path.of("");
  private String complaints = "";

  private void file(String name, String... items) throws IOException {
    String series = name.substring(0, name.indexOf('.'));
    String type = series.equals("users") ? "string" : series.equals("six") ? "cidr_ipv6" : "cidr";
    Files.writeString(
        folder.resolve(name),
        "impetus-audit 1\nseries %s %s 300,6 -\nwindow 0 900\n%s\n"
            .formatted(series, type, String.join("\n", items)));
  }

  @BeforeEach
  void aDay() throws IOException {
    file("spam.20080423T123000", "10.79.18.1 35000", "127.0.0.1 2");
    file("spam.20080424T200000", "10.79.18.1 217", "10.79.18.2 4000", "10.80.0.0/16 3");
    file("spam.20080424T201500", "10.79.18.2 421");
    file("virus.20080424T201500", "10.79.18.1 1264", "10.90.0.1 1");
    file("virus.20080425T000000", "10.90.0.1 7");
    file("six.20080424T201500", "2001:db8:1:2:0:0:0:5 3", "2001:db8:1:3:0:0:0:6 4");
    file("users.20080424T201500", "some%20body 3");
    Files.writeString(folder.resolve("notes.txt"), "not ours");
    Files.writeString(folder.resolve("spam.20081324T201500"), "no date");
  }

  private String ask(String... queries) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    new CidrCli(
            new ByteArrayInputStream(
                (String.join("\n", queries) + "\n").getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false)
        .run("-b", folder.toString());
    complaints = err.toString(StandardCharsets.UTF_8);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void showAvailable() {
    assertThat(ask("show available"))
        .isEqualTo(
            """
            six : 20080424T201500 => 20080424T201500
            spam : 20080423T123000 => 20080424T201500
            users : 20080424T201500 => 20080424T201500
            virus : 20080424T201500 => 20080425T000000
            """);
  }

  @Test
  void theManualsFirstExample() {
    assertThat(ask("show count for 0.0.0.0/0 in spam since 20080423"))
        .isEqualTo(
            """
            10.79.18.1/32      :     35217
            10.79.18.2/32      :      4421
            10.80.0.0/16       :         3
            127.0.0.1/32       :         2
            """);
  }

  @Test
  void severalSeries() {
    assertThat(ask("show count for 0.0.0.0/0 in spam, virus since 20080423 order by count limit 3"))
        .isEqualTo(
            """
            10.79.18.1/32      : 35217,1264
            10.79.18.2/32      : 4421,0
            10.80.0.0/16       : 3,0
            """);
    assertThat(
            ask(
                "show count for 0.0.0.0/0 in union(spam, virus) on 20080424 cidrsize 24 order by"
                    + " count limit 1"))
        .isEqualTo("10.79.18.0/24      :      5902\n");
    assertThat(ask("show count for 10.79.18.0/24 in union(spam, virus) on 20080424"))
        .isEqualTo(
            """
            10.79.18.1/32      :      1481
            10.79.18.2/32      :      4421
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0.0.0.0/0 in spam from 20080424T200000 to 20080424T201500 aggregate | 0.0.0.0/0          :      4220
          0.0.0.0/0 in spam from 2008-04-24T20:00 to 2008-04-24 aggregate     | 0.0.0.0/0          :      4641
          0.0.0.0/0 in spam aggregate daily  | 20080423           :     35002;20080424           :      4641
          0.0.0.0/0 in spam,virus on 20080424 aggregate daily | 20080424           : 4641,1265
          10.79.18.1 in spam since 20080424  | 10.79.18.1/32      :       217
          0.0.0.0/0 in spam threshold 4421   | 10.79.18.1/32      :     35217;10.79.18.2/32      :      4421
          10.79.0.0/16 in virus cidrsize 8 to 9 | 10.0.0.0/8         :      1264;10.0.0.0/9         :      1264
          0.0.0.0/0 in spam limit 1 order by cidr | 10.79.18.1/32      :     35217
          0.0.0.0/0 in nothing               | ''
          10.79.18.1/32 in users             | ''
          2001:db8::/32 in six               | 2001:db8:1:2:0:0:0:5/128:         3;2001:db8:1:3:0:0:0:6/128:         4
          [2001:db8::]/32 in six cidrsize 48 | 2001:db8:1:0:0:0:0:0/48:         7
          0.0.0.0/0 in six                   | ''
          """)
  void queries(String query, String expected) {
    String answer = ask("SHOW COUNT FOR " + query);
    assertThat(answer.strip()).isEqualTo(expected.replace(';', '\n'));
    assertThat(complaints).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dance",
        "show",
        "show count for spam",
        "show count for 0.0.0.0/0 spam",
        "show count for 0.0.0.0/33 in spam",
        "show count for 0.0.0.0/0 in union(spam",
        "show count for 0.0.0.0/0 in spam since yesterday",
        "show count for 0.0.0.0/0 in spam from 20080423",
        "show count for 0.0.0.0/0 in spam cidrsize 33",
        "show count for 0.0.0.0/0 in spam cidrsize 24 to 16",
        "show count for 0.0.0.0/0 in spam order by name",
        "show count for 0.0.0.0/0 in spam limit many",
        "show count for 0.0.0.0/0 in spam please"
      })
  void wrongSyntaxShowsNothing(String query) {
    assertThat(ask(query)).isEmpty();
    assertThat(complaints).startsWith("cidr_cli: ").hasLineCount(1);
  }

  @Test
  void theCache() {
    assertThat(ask("cache details")).isEqualTo("$VAR1 = [\n];\n");
    assertThat(ask("show count for 10.0.0.0/8 in spam on 20080424 limit 0", "cache details"))
        .isEqualTo(
            """
            $VAR1 = [
            '%1$s/spam.20080424T200000',
            '%1$s/spam.20080424T201500'
            ];
            """
                .formatted(folder));
  }

  @Test
  void theServerAnswersTheSame() throws Exception {
    try (CidrServer server = new CidrServer(folder, InetAddress.getLoopbackAddress(), 0)) {
      Thread serving =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      server.serve();
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        socket
            .getOutputStream()
            .write(
                "show count for 127.0.0.0/8 in spam\r\ndance\nshow count for 10.90.0.1 in virus\n"
                    .getBytes(StandardCharsets.UTF_8));
        socket.shutdownOutput();
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo("127.0.0.1/32       :         2\n\n\n10.90.0.1/32       :         8\n\n");
      }
      server.close();
      serving.join();
    }
  }

  private int maintain(String conf) throws IOException {
    Path file = Files.writeString(folder.resolve("maintain.conf"), conf.formatted(folder));
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        new CidrMaintain(
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                () -> LocalDateTime.of(2008, 5, 24, 3, 0).toInstant(ZoneOffset.UTC),
                ZoneOffset.UTC)
            .run("-c", file.toString());
    complaints = err.toString(StandardCharsets.UTF_8);
    return code;
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.contains(".2008"))
          .filter(name -> !name.startsWith("spam.20081324"))
          .sorted()
          .toList();
    }
  }

  @Test
  void maintenance() throws IOException {
    String before = ask("show count for 0.0.0.0/0 in spam since 20080424");
    assertThat(maintain("# all\nauto = true\nretention = 30\ncondense=0\nbasedir = \"%s\"\n"))
        .isZero();
    assertThat(files())
        .containsExactly(
            "six.20080424T201500.gz",
            "spam.20080424T200000.gz",
            "spam.20080424T201500.gz",
            "users.20080424T201500.gz",
            "virus.20080424T201500.gz",
            "virus.20080425T000000.gz");
    assertThat(ask("show count for 0.0.0.0/0 in spam since 20080424")).isEqualTo(before);
    assertThat(maintain("basedir = %s\n")).as("again").isZero();
    assertThat(files()).hasSize(6);
  }

  @Test
  void maintenanceOfSomeSeries() throws IOException {
    assertThat(
            maintain(
                "auto = \"false\"\nseries = \"virus six\"\ncondense = 29\nretention = 29\nbasedir ="
                    + " %s\n"))
        .isZero();
    assertThat(files())
        .containsExactly(
            "spam.20080423T123000",
            "spam.20080424T200000",
            "spam.20080424T201500",
            "users.20080424T201500",
            "virus.20080425T000000");
    assertThat(maintain("condense = off\nretention = 400\nbasedir = %s\n")).isZero();
    assertThat(files()).hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"auto = maybe", "retention = -1", "colour = red", "auto = false", "condense ="})
  void aBadConfiguration(String line) throws IOException {
    List<String> before = new ArrayList<>(files());
    assertThat(maintain(line + "\nbasedir = %s\n")).isEqualTo(1);
    assertThat(complaints).startsWith("cidr_maintain: ").contains("maintain.conf").hasLineCount(1);
    assertThat(files()).isEqualTo(before);
  }
}
