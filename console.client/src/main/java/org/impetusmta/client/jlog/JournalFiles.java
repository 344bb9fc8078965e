package org.impetusmta.client.jlog;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The files of a journal that nobody writes, by what they are. Immutable.
 *
 * @param checkpoints {@code cp.…} by the name of the subscriber
 * @param segments by number
 * @param indexes by number
 * @param preCommit whether the file of the same name is there
 * @param others names that mean nothing
 */
record JournalFiles(
    Path folder,
    boolean metastore,
    Map<String, Path> checkpoints,
    Map<Long, Path> segments,
    Map<Long, Path> indexes,
    boolean preCommit,
    List<String> others) {
  static final String METASTORE = "metastore";
  static final String PRE_COMMIT = "pre_commit";
  private static final String CHECKPOINT = "cp.";
  private static final Pattern CHECKPOINT_FILE = Pattern.compile("cp\\.([0-9A-Fa-f]{2})+");
  private static final Pattern SEGMENT = Pattern.compile("[0-9A-Fa-f]{8}");
  private static final Pattern INDEX = Pattern.compile("[0-9A-Fa-f]{8}\\.idx");
  private static final int NUMBER = 8;

  static JournalFiles of(Path folder) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    TreeMap<String, Path> checkpoints = new TreeMap<>();
    TreeMap<Long, Path> segments = new TreeMap<>();
    TreeMap<Long, Path> indexes = new TreeMap<>();
    List<String> others = new ArrayList<>();
    boolean metastore = names.remove(METASTORE);
    boolean preCommit = names.remove(PRE_COMMIT);
    for (String name : names) {
      Path file = folder.resolve(name);
      if (CHECKPOINT_FILE.matcher(name).matches()) {
        byte[] octets = HexFormat.of().parseHex(name.substring(CHECKPOINT.length()));
        checkpoints.put(new String(octets, StandardCharsets.UTF_8), file);
      } else if (SEGMENT.matcher(name).matches()) {
        segments.put(HexFormat.fromHexDigitsToLong(name), file);
      } else if (INDEX.matcher(name).matches()) {
        indexes.put(HexFormat.fromHexDigitsToLong(name, 0, NUMBER), file);
      } else {
        others.add(name);
      }
    }
    return new JournalFiles(folder, metastore, checkpoints, segments, indexes, preCommit, others);
  }
}
