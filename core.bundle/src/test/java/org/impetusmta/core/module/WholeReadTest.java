package org.impetusmta.core.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.junit.jupiter.api.Test;

class WholeReadTest {
  private static final IoUri URI = IoUri.of("ftp://h/x").orElseThrow();

  private static byte[] read(IoWrapper wrapper, long millis) throws IOException {
    return WholeRead.of(wrapper, URI, new IoLimits(Duration.ofMillis(millis), 3));
  }

  @Test
  void givesAllOfItOrWhyNot() throws IOException {
    assertThat(read((_, _) -> new ByteArrayInputStream(new byte[3]), 60_000)).hasSize(3);
    assertThatThrownBy(() -> read((_, _) -> new ByteArrayInputStream(new byte[4]), 60_000))
        .hasMessageContaining("found more than 3 octets");
    assertThatThrownBy(
            () ->
                read(
                    (_, _) -> {
                      throw new IOException("no such file");
                    },
                    60_000))
        .hasMessage("no such file");
    assertThatThrownBy(
            () ->
                read(
                    (_, _) -> {
                      throw new IllegalStateException();
                    },
                    60_000))
        .isInstanceOf(IOException.class)
        .hasMessage("IllegalStateException");
  }

  @Test
  void leavesAWrapperThatHangs() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    IoWrapper hanging =
        (_, _) -> {
          try {
            never.await();
            return InputStream.nullInputStream();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
          }
        };
    assertThatThrownBy(() -> read(hanging, 10)).hasMessage("no whole answer within 10 ms");
    assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
  }
}
