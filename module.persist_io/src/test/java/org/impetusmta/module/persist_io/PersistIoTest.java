package org.impetusmta.module.persist_io;

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
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PersistIoTest {
  private static final IoLimits LIMITS = new IoLimits(Duration.ofSeconds(5), 100);

  @TempDir Path folder;

  /** What there is behind the URIs; none of it when it is down. */
  private static final class World implements IoWrappers {
    final Map<String, String> texts = new HashMap<>();
    boolean down;

    @Override
    public InputStream read(IoUri uri, IoLimits limits) throws IOException {
      String text = texts.get(uri.text());
      if (down || text == null) {
        throw new IOException(down ? "no connection" : "found status 404, expected 200");
      }
      return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public OutputStream write(IoUri uri, boolean append) {
      return new ByteArrayOutputStream() {
        @Override
        public void close() {
          texts.merge(
              uri.text(), toString(StandardCharsets.UTF_8), (was, is) -> append ? was + is : is);
        }
      };
    }

    @Override
    public InputStream decode(String scheme, InputStream in) throws IOException {
      throw new IOException("nothing is encoded here");
    }

    @Override
    public OutputStream encode(String scheme, OutputStream out) throws IOException {
      throw new IOException("nothing is encoded here");
    }

    @Override
    public Set<String> schemes() {
      return Set.of("http");
    }
  }

  private final World world = new World();

  private PersistIo io() {
    return new PersistIo(
        new PersistIo.Options(0710, 0640, folder.resolve("a/persist").toString()), world);
  }

  private static String read(PersistIo io, String uri) throws IOException {
    try (InputStream in = io.read(IoUri.of(uri).orElseThrow(), LIMITS)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("a/persist"))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void givesTheCopyWhenTheOtherFails() throws IOException {
    world.texts.put("http://h/x", "one");
    assertThat(read(io(), "persist://http://h/x")).isEqualTo("one");
    world.down = true;
    assertThat(read(io(), "persist://http://h/x")).isEqualTo("one");
    world.down = false;
    world.texts.put("http://h/x", "two");
    assertThat(read(io(), "persist://http://h/x")).isEqualTo("two");
    world.texts.clear();
    assertThat(read(io(), "persist://http://h/x")).isEqualTo("two");
    assertThat(files()).hasSize(1);
  }

  @Test
  void saysThatThereIsNoCopy() {
    world.down = true;
    assertThatThrownBy(() -> read(io(), "persist://http://h/x"))
        .hasMessage("no connection; there is no copy of it in " + folder.resolve("a/persist"));
    assertThatThrownBy(() -> read(io(), "persist://x"))
        .hasMessage("expected another URI behind persist://, as persist://http://…");
  }

  @Test
  void keepsCopiesApartButNotByPassword() throws IOException {
    for (String uri : List.of("http://h/x", "http://h/y", "http://h:8/x", "http://h/x_")) {
      world.texts.put(uri, uri);
      assertThat(read(io(), "persist://" + uri)).isEqualTo(uri);
    }
    world.texts.put("http://me:secret@h/z", "z");
    read(io(), "persist://http://me:secret@h/z");
    world.down = true;
    assertThat(read(io(), "persist://http://h/x_")).isEqualTo("http://h/x_");
    assertThat(read(io(), "persist://http://me:other@h/z")).isEqualTo("z");
    assertThat(files()).hasSize(5).noneMatch(name -> name.contains("secret"));
  }

  @Test
  void makesFolderAndFilesWithTheirModes() throws IOException {
    world.texts.put("http://h/x", "one");
    read(io(), "persist://http://h/x");
    Path made = folder.resolve("a/persist");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
        .isEqualTo("rwx--x---");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(made.resolve(files().getFirst()))))
        .isEqualTo("rw-r-----");
  }

  @Test
  void aTornCopyIsNeverSeen() throws IOException {
    world.texts.put("http://h/x", "one");
    read(io(), "persist://http://h/x");
    // what a crash leaves while the next copy is written
    Path next = folder.resolve("a/persist/." + files().getFirst() + ".new");
    Files.writeString(next, "tw");
    world.down = true;
    assertThat(read(io(), "persist://http://h/x")).isEqualTo("one");
    world.down = false;
    world.texts.put("http://h/x", "two");
    assertThat(read(io(), "persist://http://h/x")).isEqualTo("two");
    assertThat(files()).hasSize(1);
  }

  @Test
  void readsThoughNoCopyCanBeKept() throws IOException {
    Files.writeString(folder.resolve("a"), "no folder");
    world.texts.put("http://h/x", "one");
    assertThat(read(io(), "persist://http://h/x")).isEqualTo("one");
    world.down = true;
    assertThatThrownBy(() -> read(io(), "persist://http://h/x"))
        .hasMessageStartingWith("no connection; ");
  }

  @Test
  void writesThroughAndTheCopyFollows() throws IOException {
    try (OutputStream out = io().write(IoUri.of("persist://http://h/x").orElseThrow(), false)) {
      out.write("one".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(world.texts).containsEntry("http://h/x", "one");
    world.down = true;
    assertThat(read(io(), "persist://http://h/x")).isEqualTo("one");
  }

  @Test
  void theModeIsThatOfChmod() {
    assertThat(PosixFilePermissions.toString(Copies.permissions(0754))).isEqualTo("rwxr-xr--");
  }
}
