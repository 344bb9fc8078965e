package org.impetusmta.module.pipe_io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs of this machine at the other end of the pipe. */
final class PipeIoTest {
  @TempDir Path folder;

  private final AtomicInteger shutdowns = new AtomicInteger();
  private final AtomicInteger backOffs = new AtomicInteger();

  private PipeIo pipes(Duration timeout) {
    return new PipeIo(
        new PipeIo.Options(
            Optional.of(folder.resolve("err").toString()),
            0600,
            Optional.of(folder.resolve("out").toString()),
            0640,
            timeout),
        shutdowns::incrementAndGet,
        backOffs::incrementAndGet);
  }

  private OutputStream open(String uri) throws IOException {
    return pipes(Duration.ofSeconds(30)).write(IoUri.of(uri).orElseThrow(), true);
  }

  private Path script(String text) throws IOException {
    Path script = folder.resolve("script");
    Files.writeString(script, "#!/bin/sh\n" + text);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script;
  }

  private static byte[] line(String text) {
    return (text + "\n").getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aProgramReadsWhatIsWritten() throws Exception {
    OutputStream out = open("pipe:///bin/cat");
    out.write(line("one"));
    out.write(line("two"));
    out.close();
    assertThat(folder.resolve("out")).hasContent("one\ntwo");
    assertThat(Files.getPosixFilePermissions(folder.resolve("err")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void argumentsAndEnvironmentAreNoShellText() throws Exception {
    Path script =
        script("printf '%s|' \"$#\" \"$1\" \"$2\" \"$A\" \"${HOME-none}\"; echo oops >&2\n");
    OutputStream out =
        open("pipe://" + script + "?arg2=$(id);%20x&arg1=%Y/100%25/a+b&env1=A=b=c%26d&clear_env=1");
    out.close();
    assertThat(folder.resolve("out")).hasContent("2|%Y/100%/a+b|$(id); x|b=c&d|none|");
    assertThat(folder.resolve("err")).hasContent("oops");
  }

  @Test
  void aProgramThatEndedIsStartedAgainAndGetsTheLine() throws Exception {
    // reads one line and ends; the file tells when it did
    Path script =
        script("read -r line; echo \"$line\"; exec 0<&-; echo gone >> " + folder + "/ended\n");
    OutputStream out = open("pipe://" + script);
    out.write(line("one"));
    waitFor(folder.resolve("ended"));
    out.write(line("two"));
    out.close();
    assertThat(folder.resolve("out")).hasContent("one\ntwo");
    assertThat(backOffs).hasValue(1);
    assertThat(shutdowns).hasValue(0);
  }

  private static void waitFor(Path file) throws Exception {
    while (!Files.exists(file)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void theServerEndsWhereAProgramDoes() throws Exception {
    Path script = script("exec 0<&-; echo gone > " + folder + "/ended\n");
    OutputStream out = open("pipe://" + script + "?reinvoke=0");
    waitFor(folder.resolve("ended"));
    assertThatThrownBy(() -> out.write(line("one"))).isInstanceOf(IOException.class);
    assertThat(shutdowns).hasValue(1);
    assertThat(backOffs).hasValue(0);
    out.close();
  }

  @Test
  void aProgramThatIsGoneForGoodIsStartedOnce() throws Exception {
    Path script = script("exec 0<&-; echo gone > " + folder + "/ended\n");
    OutputStream out = open("pipe://" + script + "?shutdown_on_failure=0");
    waitFor(folder.resolve("ended"));
    Files.delete(script);
    out.write(line("one"));
    out.write(line("two"));
    out.close();
    assertThat(backOffs).hasValue(1);
    assertThat(shutdowns).hasValue(0);
  }

  @Test
  void aProgramThatDoesNotEndIsTerminated() throws Exception {
    Path script = script("echo $$ > " + folder + "/pid; exec sleep 600\n");
    OutputStream out = pipes(Duration.ZERO).write(IoUri.of("pipe://" + script).orElseThrow(), true);
    Path pid = folder.resolve("pid");
    while (!Files.exists(pid) || !Files.readString(pid).endsWith("\n")) {
      Thread.onSpinWait();
    }
    ProcessHandle handle =
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
    out.close();
    handle.onExit().get();
    assertThat(handle.isAlive()).isFalse();
  }

  @Test
  void aProgramThatIsNotThereIsAnError() {
    assertThatThrownBy(() -> open("pipe:///nowhere/program"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/nowhere/program");
    assertThat(shutdowns).hasValue(0);
  }

  @ParameterizedTest
  @CsvSource({
    "pipe://bin/cat, 'found \"bin/cat\", expected the absolute path of a program'",
    "pipe:///bin/cat?x=1, 'found the parameter \"x\", expected argN, envN, '",
    "pipe:///bin/cat?arg0=1, 'found the parameter \"arg0\"'",
    "pipe:///bin/cat?arg1, 'found the parameter \"arg1\", expected NAME=VALUE'",
    "pipe:///bin/cat?arg2=1, 'found arg2, expected arg1 to arg2 without a gap'",
    "pipe:///bin/cat?env1=A, 'found env1 = \"A\", expected name=value'",
    "pipe:///bin/cat?reinvoke=yes, 'found reinvoke = \"yes\", expected 0 or 1'",
    "pipe:///bin/cat?arg1=%00, 'found %00'"
  })
  void wrongUris(String uri, String message) {
    assertThatThrownBy(() -> open(uri))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void cannotBeRead() {
    assertThatThrownBy(
            () ->
                pipes(Duration.ZERO)
                    .read(
                        IoUri.of("pipe:///bin/cat").orElseThrow(),
                        new IoLimits(Duration.ofSeconds(1), 1)))
        .hasMessage("pipe:// can only be written");
  }
}
