package org.impetusmta.module.syslog_io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a system logger receives over its socket. */
final class SyslogIoTest {
  @TempDir Path folder;

  private SyslogIo syslog(String facility, String ident) throws ConfigException {
    return new SyslogIo(
        new SyslogIo.Options(facility, ident),
        folder.resolve("log"),
        () -> Instant.parse("2025-11-06T08:40:00Z"),
        ZoneOffset.UTC);
  }

  private static IoUri uri(String text) {
    return IoUri.of(text).orElseThrow();
  }

  private static String head(int priority) {
    return "<" + priority + ">Nov  6 08:40:00 ecelerity[" + ProcessHandle.current().pid() + "]: ";
  }

  @ParameterizedTest
  @CsvSource({
    "syslog://, 19",
    "syslog:///, 19",
    "syslog://?facility=mail&priority=error, 19",
    "syslog://?facility=local7&priority=debug, 191",
    "syslog://?priority=EMERG, 16",
    "syslog://?facility=authpriv, 83"
  })
  void eachWriteIsARecord(String uri, int priority) throws Exception {
    try (Receiver receiver = new Receiver(folder.resolve("log"));
        OutputStream out = syslog("mail", "ecelerity").write(uri(uri), true)) {
      out.write("1764146400:dns: no server answers\n".getBytes(StandardCharsets.UTF_8));
      out.write("next\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
      assertThat(receiver.next()).isEqualTo(head(priority) + "1764146400:dns: no server answers");
      assertThat(receiver.next()).isEqualTo(head(priority) + "next");
    }
  }

  @Test
  void whatIsTooLongBecomesSeveralRecords() throws Exception {
    String text = "é".repeat(SyslogStream.LONGEST / 2 - 1) + "xé";
    try (Receiver receiver = new Receiver(folder.resolve("log"));
        OutputStream out = syslog("user", "ecelerity").write(uri("syslog://"), true)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      assertThat(receiver.next()).isEqualTo(head(11) + text.substring(0, text.length() - 1));
      assertThat(receiver.next()).isEqualTo(head(11) + "é");
    }
  }

  @Test
  void aLoggerThatIsGoneIsAnError() throws Exception {
    SyslogIo syslog = syslog("mail", "ecelerity");
    assertThatThrownBy(() -> syslog.write(uri("syslog://"), true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No such file or directory");
    OutputStream out;
    try (Receiver _ = new Receiver(folder.resolve("log"))) {
      out = syslog.write(uri("syslog://"), true);
    }
    assertThatThrownBy(() -> out.write('x'))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("send: ");
    out.close();
    assertThatThrownBy(() -> out.write('x')).hasMessage("the socket is closed");
  }

  @ParameterizedTest
  @CsvSource({
    "syslog://host, 'found \"host\", expected syslog://?facility=NAME&priority=NAME'",
    "syslog://?level=info, 'found the parameter \"level\", expected facility or priority'",
    "syslog://?facility=post, 'found the facility \"post\", expected one of kern, user, mail, '",
    "syslog://?priority=, 'found the priority \"\", expected emerg, '"
  })
  void wrongUris(String uri, String message) throws Exception {
    SyslogIo syslog = syslog("mail", "ecelerity");
    assertThatThrownBy(() -> syslog.write(uri(uri), true))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void wrongOptions() {
    assertThatThrownBy(() -> syslog("post", "ecelerity"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("in syslog_io: default_facility = \"post\": expected one of kern,");
    assertThatThrownBy(() -> syslog("mail", "a b"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("in syslog_io: ident = \"a b\": expected ");
  }

  @Test
  void cannotBeRead() throws Exception {
    SyslogIo syslog = syslog("mail", "ecelerity");
    assertThatThrownBy(() -> syslog.read(uri("syslog://"), new IoLimits(Duration.ofSeconds(1), 1)))
        .hasMessage("syslog:// can only be written");
  }
}
