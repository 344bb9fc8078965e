package org.impetusmta.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.testkit.io.FileWrappers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class WrapperSinkTest {
  private final FileWrappers io = new FileWrappers();
  private final List<String> calls = new ArrayList<>();
  private final List<String> reports = new ArrayList<>();
  private final AtomicLong millis = new AtomicLong(1_000_000);

  /** Calls that are taken before one is refused. */
  private int room = Integer.MAX_VALUE;

  private final IoWrapper records =
      new IoWrapper() {
        @Override
        public InputStream read(IoUri uri, IoLimits limits) throws IOException {
          throw new IOException("can only be written");
        }

        @Override
        public OutputStream write(IoUri uri, boolean append) {
          calls.add("open " + uri.rest() + (append ? " to append" : ""));
          return new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
              throw new IOException("one octet is no line");
            }

            @Override
            public void write(byte[] octets, int from, int length) throws IOException {
              if (room == 0) {
                throw new IOException("full");
              }
              room--;
              calls.add(new String(octets, from, length, StandardCharsets.UTF_8));
            }

            @Override
            public void flush() {
              calls.add("flush");
            }

            @Override
            public void close() {
              calls.add("close");
            }
          };
        }
      };

  @BeforeEach
  void known() {
    io.add("records", records);
  }

  private LogFile open(String uri) throws IOException {
    return LogFile.open(
        new WrapperSink.Named(io, IoUri.of(uri).orElseThrow()),
        () -> Instant.ofEpochMilli(millis.get()),
        reports::add,
        () -> millis.addAndGet(1000));
  }

  private static void lines(LogFile file, String... texts) {
    for (String text : texts) {
      file.line().text(text);
      file.endLine();
    }
  }

  @Test
  void aLineIsOneCall() throws IOException {
    LogFile file = open("records://there");
    lines(file, "one", "two");
    file.write();
    lines(file, "three");
    assertThat(file.reopen()).isTrue();
    file.close();
    assertThat(calls)
        .containsExactly(
            "open there to append",
            "one\n",
            "two\n",
            "flush",
            "three\n",
            "flush",
            "open there to append",
            "close",
            "close");
    assertThat(reports).isEmpty();
  }

  @Test
  void whatWasTakenIsNotSaidTwice() throws IOException {
    LogFile file = open("records://there");
    room = 1;
    lines(file, "one", "two");
    file.write();
    room = 5;
    millis.addAndGet(1000);
    file.write();
    assertThat(calls)
        .containsExactly(
            "open there to append", "one\n", "close", "open there to append", "two\n", "flush");
    assertThat(reports)
        .containsExactly(
            "cannot write records://there: java.io.IOException: full; keeping 4 octets",
            "records://there is written again; no line is missing");
  }

  @Test
  void anUnknownSchemeIsRefusedAtOnce() {
    assertThatThrownBy(() -> open("nothing://there")).hasMessageContaining("nothing://");
  }
}
