package org.impetusmta.testkit.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.io.TransformingIo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@link TransformingIo} asks of every wrapper: what was written is read, whole, and whatever
 * is cut short, damaged or too long is an exception, never another text.
 */
public abstract class TransformingIoContract {
  private static final IoLimits LIMITS = new IoLimits(Duration.ofSeconds(30), 8 << 20);

  @TempDir Path folder;

  private final FileWrappers files = new FileWrappers();

  /** The wrapper's scheme. */
  protected abstract String scheme();

  /** The wrapper, on top of others. */
  protected abstract TransformingIo create(IoWrappers wrappers);

  private TransformingIo io() {
    TransformingIo io = create(files);
    files.add(scheme(), io);
    return io;
  }

  private Path file() {
    return folder.resolve("text");
  }

  private IoUri uri() {
    return IoUri.of(scheme() + "://" + file()).orElseThrow();
  }

  private byte[] read(IoUri uri, IoLimits limits) throws IOException {
    try (InputStream in = io().read(uri, limits)) {
      return in.readAllBytes();
    }
  }

  private void write(byte[] text, boolean append) throws IOException {
    try (OutputStream out = io().write(uri(), append)) {
      out.write(text);
    }
  }

  private byte[] encoded(byte[] text) throws IOException {
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    try (OutputStream out = io().encode(octets)) {
      out.write(text);
    }
    return octets.toByteArray();
  }

  private byte[] decoded(byte[] octets) throws IOException {
    try (InputStream in = io().decode(new ByteArrayInputStream(octets))) {
      return in.readAllBytes();
    }
  }

  /** Decodes it, if it is a text. */
  private Optional<byte[]> attempt(byte[] octets) {
    try {
      return Optional.of(decoded(octets));
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?s).+");
      return Optional.empty();
    }
  }

  private static byte[] text(int length) {
    byte[] text = new byte[length];
    new Random(length).nextBytes(text);
    for (int i = 0; i < length; i++) {
      text[i] = (byte) ('a' + (text[i] & 7)); // so that it shrinks
    }
    return text;
  }

  @Test
  void aFileIsReadAsItWasWritten() throws IOException {
    for (int length : new int[] {0, 1, 4096, 100_000, 3_000_000}) {
      write(text(length), false);
      assertThat(read(uri(), LIMITS)).isEqualTo(text(length));
    }
    assertThat(Files.size(file())).isLessThan(2_000_000);
  }

  @Test
  void whatIsAppendedIsReadAsOneText() throws IOException {
    write("one ".getBytes(StandardCharsets.US_ASCII), false);
    write("two ".getBytes(StandardCharsets.US_ASCII), true);
    write("three".getBytes(StandardCharsets.US_ASCII), true);
    assertThat(read(uri(), LIMITS)).asString().isEqualTo("one two three");
  }

  @Test
  void anotherUriIsReadThroughIt() throws IOException {
    byte[] twice = encoded(encoded(text(5_000)));
    Files.write(file(), twice);
    IoUri uri = IoUri.of(scheme() + "://" + scheme() + "://" + file()).orElseThrow();
    assertThat(read(uri, LIMITS)).isEqualTo(text(5_000));
  }

  @Test
  void whatIsCutShortIsNoText() throws IOException {
    byte[] whole = encoded(text(3_000));
    for (int length = 0; length < whole.length; length++) {
      assertThat(attempt(Arrays.copyOf(whole, length))).as("%d octets", length).isEmpty();
    }
    byte[] second = encoded(text(300));
    byte[] both = Arrays.copyOf(whole, whole.length + second.length);
    System.arraycopy(second, 0, both, whole.length, second.length);
    for (int length = whole.length + 1; length < both.length; length++) {
      assertThat(attempt(Arrays.copyOf(both, length))).as("%d octets", length).isEmpty();
    }
  }

  @Test
  void whatIsDamagedIsNoOtherText() throws IOException {
    byte[] whole = encoded(text(3_000));
    int found = 0;
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      Optional<byte[]> read = attempt(damaged);
      found += read.isEmpty() ? 1 : 0;
      read.ifPresent(text -> assertThat(text).isEqualTo(text(3_000)));
    }
    assertThat(found).isGreaterThan(whole.length * 7);
  }

  @Test
  void whatIsSomethingElseIsNoText() throws IOException {
    assertThat(attempt("Subject: plain".getBytes(StandardCharsets.US_ASCII))).isEmpty();
    byte[] whole = encoded(text(100));
    byte[] more = Arrays.copyOf(whole, whole.length + 5);
    Arrays.fill(more, whole.length, more.length, (byte) 'x');
    assertThat(attempt(more)).isEmpty();
  }

  @Test
  void aSmallFileThatGrowsBeyondTheLimitIsRefused() throws IOException {
    write(new byte[4 << 20], false);
    IoLimits limits = new IoLimits(Duration.ofSeconds(30), 100_000);
    assertThat(Files.size(file())).isLessThan(100_000);
    assertThatThrownBy(() -> read(uri(), limits))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more than 100000 octets");
  }

  @Test
  void closingClosesWhatIsInside() throws IOException {
    boolean[] closed = new boolean[2];
    new DataThatTells(encoded(text(10)), closed).readWith(io());
    assertThat(closed[0]).isTrue();
    OutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            closed[1] = true;
          }
        };
    io().encode(out).close();
    assertThat(closed[1]).isTrue();
  }

  private static final class DataThatTells extends ByteArrayInputStream {
    private final boolean[] closed;

    DataThatTells(byte[] octets, boolean[] closed) {
      super(octets);
      this.closed = closed;
    }

    void readWith(TransformingIo io) throws IOException {
      io.decode(this).close();
    }

    @Override
    public void close() {
      closed[0] = true;
    }
  }
}
