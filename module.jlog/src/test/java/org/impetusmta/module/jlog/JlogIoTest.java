package org.impetusmta.module.jlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.jlog.Jlog;
import org.impetusmta.jlog.JlogReader;
import org.impetusmta.jlog.JlogRecord;
import org.impetusmta.log.FileLogger;
import org.impetusmta.log.LogFile;
import org.impetusmta.testkit.io.FileWrappers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of URIs, and of the lines of a logger. */
class JlogIoTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private static IoUri uri(String text) {
    return IoUri.of(text).orElseThrow();
  }

  private static List<String> unread(Path journal, String subscriber) throws IOException {
    List<String> texts = new ArrayList<>();
    try (JlogReader reader = JlogReader.open(journal, subscriber)) {
      for (Optional<JlogRecord> next = reader.read(); next.isPresent(); next = reader.read()) {
        texts.add(next.get().text());
      }
    }
    return texts;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          jlog:///var/log/ecelerity/main.rt=>mine                                    | /var/log/ecelerity/main.rt          | [mine]
          jlog://var/log/ecelerity/delivery_log_rt=>my_subscriber                    | /var/log/ecelerity/delivery_log_rt  | [my_subscriber]
          jlog:///var/log/ecelerity/statp.rt                                         | /var/log/ecelerity/statp.rt         | [master]
          cluster:///var/log/ecelerity/mainlog.cluster=>westmgr                      | /var/log/ecelerity/mainlog.cluster  | [westmgr]
          cluster:///var/log/ecelerity/mainlog.cluster?subscribers=mgr1,mgr2,mgr3    | /var/log/ecelerity/mainlog.cluster  | [mgr1, mgr2, mgr3]
          """)
  void theManualsUris(String uri, Path folder, String subscribers) throws Exception {
    JlogUri of = JlogUri.of(uri(uri));
    assertThat(of.folder()).isEqualTo(folder);
    assertThat(of.subscribers()).hasToString(subscribers);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          jlog://                      | found no path, expected that of a folder
          jlog:///=>one                | found no path, expected that of a folder
          jlog:///x=>                  | found nothing behind =>, expected the name of a subscriber
          jlog:///x?                   | found the parameter "", expected subscribers=NAME,NAME
          jlog:///x?subscriber=a       | found the parameter "subscriber=a", expected subscribers=NAME,NAME
          jlog:///x?subscribers=a,     | found "subscribers=a,", expected names separated by commas
          jlog:///x?subscribers=a&b=c  | found "subscribers=a&b=c", expected names separated by commas
          jlog:///x=>a?subscribers=b   | found => and ?, expected => or ?subscribers=, not both
          """)
  void otherUrisAreRefused(String uri, String reason) {
    assertThatThrownBy(() -> new JlogIo().write(uri(uri), true)).hasMessage(reason);
  }

  @Test
  void itIsWrittenOnly() {
    assertThatThrownBy(
            () -> new JlogIo().read(uri("jlog:///x"), new IoLimits(Duration.ofSeconds(1), 1)))
        .hasMessage("jlog:// can only be written; subscribers read it with JlogReader or jlog");
  }

  @Test
  void aWriteIsARecordForEachSubscriber() throws Exception {
    Path journal = folder.resolve("new/jlog");
    JlogIo io = new JlogIo();
    try (OutputStream out = io.write(uri("jlog://" + journal + "?subscribers=a,b"), true)) {
      out.write("one\n".getBytes(StandardCharsets.UTF_8));
      out.write("two\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
      assertThat(unread(journal, "a")).containsExactly("one\n", "two\n");
    }
    // a subscriber that comes later gets all that is still there; one that is left out stays
    try (OutputStream out = io.write(uri("cluster://" + journal + "=>c"), false)) {
      out.write("three\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(unread(journal, "c")).containsExactly("one\n", "two\n", "three\n");
    assertThat(Jlog.open(journal).subscribers()).containsExactly("a", "b", "c");
  }

  /** A logger as all of them are: it knows only of a target and of lines. */
  private static final class Lines extends FileLogger {
    private final LogFile file;

    Lines(IoWrappers io, String target) throws ConfigException {
      super("lines", "lines1", io, InstantSource.fixed(Instant.EPOCH), false);
      file = open("mainlog", target, 0640);
    }

    synchronized void say(String text) {
      file.line().text(text);
      file.endLine();
    }

    void end() {
      closeAll();
    }
  }

  @Test
  void aLoggerWritesToItAndOpensItAnew() throws Exception {
    FileWrappers io = new FileWrappers();
    io.add("jlog", new JlogIo());
    Path journal = folder.resolve("mainlog.rt");
    Lines lines = new Lines(io, "jlog://" + journal + "=>reader");
    lines.say("one");
    lines.say("two\r\nforged");
    lines.logFlush();
    assertThat(unread(journal, "reader")).hasSize(2).first().isEqualTo("one\n");
    lines.say("three");
    lines.logReopen();
    lines.say("four");
    lines.end();
    assertThat(unread(journal, "reader")).hasSize(4).endsWith("three\n", "four\n");
  }

  @Test
  void aTargetThatCannotBeAJournalIsAnErrorOfTheConfiguration() throws Exception {
    FileWrappers io = new FileWrappers();
    io.add("jlog", new JlogIo());
    Files.writeString(folder.resolve("mainlog"), "x");
    assertThatThrownBy(() -> new Lines(io, "jlog://" + folder + "=>a"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("in lines \"lines1\": mainlog = \"jlog://" + folder)
        .hasMessageEndingWith("is a folder that holds mainlog and no metastore, thus no journal");
  }
}
