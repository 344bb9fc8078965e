package org.impetusmta.jlog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Makes, fills and reads journals. */
final class Journals {
  private Journals() {}

  /** A copy of what the original wrote. */
  static Path sample(String name, Path folder) throws Exception {
    Path source =
        Path.of(Objects.requireNonNull(Journals.class.getResource("samples/" + name)).toURI());
    Path copy = folder.resolve(name);
    Files.createDirectory(copy);
    for (Path file : files(source)) {
      Files.copy(file, copy.resolve(file.getFileName().toString()));
    }
    return copy;
  }

  static List<Path> files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  static List<String> names(Path folder) throws IOException {
    return files(folder).stream().map(file -> file.getFileName().toString()).toList();
  }

  /** All files, octet by octet. */
  static Map<String, List<Byte>> content(Path folder) throws IOException {
    TreeMap<String, List<Byte>> content = new TreeMap<>();
    for (Path file : files(folder)) {
      List<Byte> octets = new ArrayList<>();
      try (InputStream in = Files.newInputStream(file)) {
        for (byte octet : in.readAllBytes()) {
          octets.add(octet);
        }
      }
      content.put(file.getFileName().toString(), octets);
    }
    return content;
  }

  static void write(JlogWriter writer, String text, Instant time) throws IOException {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    writer.write(octets, 0, octets.length, time);
  }

  static void write(JlogWriter writer, String... texts) throws IOException {
    for (String text : texts) {
      write(writer, text, Instant.EPOCH);
    }
  }

  /** All that is there for a reader. */
  static List<String> rest(JlogReader reader) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Optional<JlogRecord> next = reader.read(); next.isPresent(); next = reader.read()) {
      texts.add(next.get().text());
    }
    return texts;
  }

  static List<String> unread(Path folder, String subscriber) throws IOException {
    try (JlogReader reader = JlogReader.open(folder, subscriber)) {
      return rest(reader);
    }
  }

  /** {@code record 3\n} and so on. */
  static List<String> records(int from, int to) {
    List<String> texts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      texts.add("record " + i + "\n");
    }
    return texts;
  }
}
