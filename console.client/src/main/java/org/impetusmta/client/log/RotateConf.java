package org.impetusmta.client.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@code ec_rotate} is to do; {@code ec_rotate.conf} has lines {@code name = value}, comments
 * behind {@code #}, and lines that a backslash continues. Immutable. Source: log_rotating.
 *
 * @param enabled whether it is to do anything
 * @param logfiles files to rotate
 * @param logdirs folders whose files {@code *.log} are to be rotated
 * @param retention how many old files of each are kept
 * @param socket where the server is to be told
 * @param compressor the program that compresses a file in place; empty: none
 */
record RotateConf(
    boolean enabled,
    List<String> logfiles,
    List<String> logdirs,
    int retention,
    Optional<String> socket,
    Optional<String> compressor) {
  private static final String LOGS = "/var/log/ecelerity/";

  /** What is rotated where nothing else is said. */
  static final RotateConf STANDARD =
      new RotateConf(
          true,
          List.of(
              LOGS + "mainlog.ec",
              LOGS + "paniclog.ec",
              LOGS + "rejectlog.ec",
              LOGS + "bouncelog.ec",
              LOGS + "acctlog.ec",
              LOGS + "smpplog.ec",
              LOGS + "ecconfigd.log",
              LOGS + "httplog.ec",
              "/var/ecconfigd/apache/access.log",
              "/var/ecconfigd/apache/error.log"),
          List.of(LOGS + "adaptive"),
          7,
          Optional.empty(),
          Optional.of("/usr/bin/bzip2"));

  RotateConf logs(List<String> files, List<String> folders) {
    return new RotateConf(
        enabled, List.copyOf(files), List.copyOf(folders), retention, socket, compressor);
  }

  RotateConf retention(int count) {
    return new RotateConf(enabled, logfiles, logdirs, count, socket, compressor);
  }

  RotateConf socket(String path) {
    return new RotateConf(enabled, logfiles, logdirs, retention, Optional.of(path), compressor);
  }

  RotateConf compressor(Optional<String> program) {
    return new RotateConf(enabled, logfiles, logdirs, retention, socket, program);
  }

  /**
   * Reads a file; what it does not say is as in {@link #STANDARD}.
   *
   * @throws IOException where it cannot be read, or says what is not known
   */
  static RotateConf read(Path file) throws IOException {
    RotateConf conf = STANDARD;
    StringBuilder statement = new StringBuilder();
    int number = 0;
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.add("");
    for (String line : lines) {
      number++;
      int comment = line.indexOf('#');
      String text = (comment < 0 ? line : line.substring(0, comment)).strip();
      if (text.endsWith("\\")) {
        statement.append(text, 0, text.length() - 1).append(' ');
        continue;
      }
      String whole = statement.append(text).toString().strip();
      statement.setLength(0);
      if (!whole.isEmpty()) {
        conf = conf.with(whole, file + " line " + number);
      }
    }
    return conf;
  }

  private RotateConf with(String statement, String where) throws IOException {
    int equals = statement.indexOf('=');
    if (equals < 0) {
      throw new IOException(where + ": found \"" + statement + "\", expected name = value");
    }
    String value = statement.substring(equals + 1).strip();
    return switch (statement.substring(0, equals).strip()) {
      case "enabled" ->
          new RotateConf(yes(value, where), logfiles, logdirs, retention, socket, compressor);
      case "logfiles" -> logs(words(value), logdirs);
      case "logdirs" -> logs(logfiles, words(value));
      case "retention" -> retention(count(value, where + ": retention"));
      case "control_socket" -> socket(value);
      case "path_to_bzip" -> compressor(Optional.of(value));
      default ->
          throw new IOException(
              where
                  + ": found \""
                  + statement.substring(0, equals).strip()
                  + "\", expected enabled, logfiles, logdirs, retention, control_socket or"
                  + " path_to_bzip");
    };
  }

  private static boolean yes(String value, String where) throws IOException {
    return switch (value) {
      case "yes" -> true;
      case "no" -> false;
      default ->
          throw new IOException(where + ": enabled: found \"" + value + "\", expected yes or no");
    };
  }

  /**
   * A number of files.
   *
   * @param what for errors
   */
  static int count(String value, String what) throws IOException {
    if (!value.matches("[1-9]\\d{0,4}")) {
      throw new IOException(what + ": found \"" + value + "\", expected 1 to 99999");
    }
    return Integer.parseInt(value);
  }

  private static List<String> words(String value) {
    return value.isEmpty() ? List.of() : List.of(value.split("\\s+", -1));
  }
}
