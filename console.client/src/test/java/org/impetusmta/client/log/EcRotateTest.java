package org.impetusmta.client.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of files, and when the server is told. */
class EcRotateTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final List<Optional<String>> told = new ArrayList<>();
  private boolean answers = true;

  private int run(String... arguments) {
    return new EcRotate(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of("IMPETUS_HOME", folder.resolve("home").toString()),
            socket -> {
              told.add(socket);
              return answers;
            })
        .run(arguments);
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private void write(String name, String text) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    Files.writeString(folder.resolve(name), text);
  }

  private String read(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** In the place of bzip2: what it makes can be read here. */
  private String compressor(int status) throws IOException {
    write(
        "bin/zip",
        "#!/bin/sh\necho oops >&2; [ %d = 0 ] || exit %d; mv \"$1\" \"$1.gz\"\n"
            .formatted(status, status));
    assertThat(folder.resolve("bin/zip").toFile().setExecutable(true)).isTrue();
    return path("bin/zip");
  }

  @Test
  void logsGetNumbersAndTheOldestGo() throws Exception {
    for (int day = 1; day <= 5; day++) {
      write("mainlog.ec", "day " + day);
      assertThat(run("-l", path("mainlog.ec"), "-r", "3", "-n")).isZero();
    }
    assertThat(files()).containsExactly("mainlog.ec.1", "mainlog.ec.2", "mainlog.ec.3");
    assertThat(read("mainlog.ec.1")).isEqualTo("day 5");
    assertThat(read("mainlog.ec.3")).isEqualTo("day 3");
    assertThat(told).hasSize(5).containsOnly(Optional.empty());
    assertThat(err.size()).isZero();
  }

  @Test
  void oldLogsAreCompressed() throws Exception {
    write("mainlog.ec", "new");
    write("mainlog.ec.1.bz2", "compressed");
    write("mainlog.ec.2", "missed");
    write("mainlog.ec.x", "another");
    write("mainlogXec.1", "another");
    assertThat(run("-l", path("mainlog.ec"), "-c", compressor(0), "-s", "/run/x", "-v")).isZero();
    assertThat(files())
        .containsExactly(
            "bin",
            "mainlog.ec.1.gz",
            "mainlog.ec.2.bz2",
            "mainlog.ec.3.gz",
            "mainlog.ec.x",
            "mainlogXec.1");
    assertThat(told).containsExactly(Optional.of("/run/x"));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("mainlog.ec is rotated", "the server reopened its logs", ".1 is compressed");
  }

  @Test
  void bzip2IsTheDefault() throws Exception {
    write("mainlog.ec", "new");
    assertThat(run("-l", path("mainlog.ec")))
        .isEqualTo(Files.exists(Path.of("/usr/bin/bzip2")) ? 0 : 1);
    assertThat(files())
        .containsExactly(
            Files.exists(Path.of("/usr/bin/bzip2")) ? "mainlog.ec.1.bz2" : "mainlog.ec.1");
  }

  @Test
  void whatTheServerMayStillWriteIsNotCompressed() throws Exception {
    answers = false;
    write("mainlog.ec", "new");
    assertThat(run("-l", path("mainlog.ec"), "-c", compressor(0))).isEqualTo(1);
    assertThat(files()).containsExactly("bin", "mainlog.ec.1");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("was not told to reopen its logs");
  }

  @Test
  void aCompressorThatFailsLosesNothing() throws Exception {
    write("mainlog.ec", "new");
    assertThat(run("-l", path("mainlog.ec"), "-c", compressor(3))).isEqualTo(1);
    assertThat(read("mainlog.ec.1")).isEqualTo("new");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(".1: status 3: oops");
  }

  @Test
  void theConfigurationOfTheDistribution() throws Exception {
    write("a.log", "a");
    write("logs/b.log", "b");
    write("logs/c.txt", "c");
    write(
        "home/etc/ec_rotate.conf",
        """
        # what
        enabled=yes
        logfiles =  %s \\
                    %s
        logdirs = %s
        retention = 2   # days
        control_socket = /run/2025
        path_to_bzip = %s
        """
            .formatted(path("a.log"), path("missing.log"), path("logs"), compressor(0)));
    assertThat(run()).isZero();
    assertThat(folder.resolve("a.log.1.gz")).exists();
    assertThat(folder.resolve("logs/b.log.1.gz")).exists();
    assertThat(folder.resolve("logs/c.txt")).exists();
    assertThat(told).containsExactly(Optional.of("/run/2025"));
  }

  @Test
  void disabled() throws Exception {
    write("a.log", "a");
    write("conf", "enabled = no\nlogfiles = " + path("a.log"));
    assertThat(run("-conf", path("conf"))).isZero();
    assertThat(folder.resolve("a.log")).exists();
    assertThat(told).isEmpty();
  }

  @Test
  void wrongUsage() throws Exception {
    assertThat(run("-x")).isEqualTo(2);
    assertThat(run("-l")).isEqualTo(2);
    assertThat(run("-l", path("a"), "-r", "0")).isEqualTo(1);
    write("conf", "enabled = maybe");
    assertThat(run("-conf", path("conf"))).isEqualTo(1);
    write("conf", "\nlogs = a");
    assertThat(run("-conf", path("conf"))).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains(
            "unknown option -x",
            "-l needs a value",
            "-retention: found \"0\", expected 1 to 99999",
            "conf line 1: enabled: found \"maybe\", expected yes or no",
            "conf line 2: found \"logs\", expected enabled, ");
    assertThat(run("-h")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("usage: ec_rotate");
  }
}
