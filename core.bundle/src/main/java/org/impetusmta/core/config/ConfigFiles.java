package org.impetusmta.core.config;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.core.config.option.Words;

/**
 * Finds and reads configuration files. A relative name is looked for beside the file that includes
 * it, then along the search path; in a text that came from a URI, beside that. Files are UTF-8.
 * Read-only.
 *
 * @param searchPath folders, first to last
 * @param uris reads what is no file
 */
record ConfigFiles(List<Path> searchPath, UriSource uris) {
  /** Reads a URI for a configuration that says so far what is in the builder. */
  @FunctionalInterface
  interface UriSource {
    /** The message of the exception lacks a position. */
    byte[] read(IoUri uri, ScopeBuilder soFar) throws ConfigException;
  }

  /** Larger files are refused. */
  static final long LARGEST = 64L << 20;

  /** The environment variable that holds the search path, separated as the system does. */
  static final String SEARCH_PATH = "EC_CONF_SEARCH_PATH";

  private static final String FILE_SCHEME = "file://";

  /** Files alone. */
  ConfigFiles(List<Path> searchPath) {
    this(
        searchPath,
        (uri, _) -> {
          throw new ConfigException(
              "found a URI of scheme \"" + uri.scheme() + "\", expected a file or folder");
        });
  }

  /** As {@code EC_CONF_SEARCH_PATH} says; beside the including file alone if it says nothing. */
  static ConfigFiles ofEnvironment() {
    String path = System.getenv(SEARCH_PATH);
    return new ConfigFiles(
        path == null
            ? List.of()
            : Arrays.stream(path.split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of)
                .toList());
  }

  ConfigFiles with(UriSource reader) {
    return new ConfigFiles(searchPath, reader);
  }

  /** The URI that an include names, in a file or in a text that came from a URI. */
  static Optional<IoUri> uri(String named, Optional<IoUri> includedFrom) {
    return named.startsWith(FILE_SCHEME)
        ? Optional.empty()
        : IoUri.of(named).or(() -> includedFrom.map(from -> from.resolve(named)));
  }

  /** The file or folder that an include names; the message of the exception lacks a position. */
  Path find(String named, Optional<Path> includedFrom) throws ConfigException {
    String name = named.startsWith(FILE_SCHEME) ? named.substring(FILE_SCHEME.length()) : named;
    if (name.isBlank()) {
      throw new ConfigException("found no name, expected a file or folder");
    }
    try {
      Path path = Path.of(name);
      List<Path> candidates = new ArrayList<>();
      if (path.isAbsolute()) {
        candidates.add(path);
      } else {
        includedFrom
            .map(Path::toAbsolutePath)
            .map(from -> from.resolveSibling(path))
            .ifPresent(candidates::add);
        searchPath.forEach(folder -> candidates.add(folder.resolve(path)));
      }
      for (Path candidate : candidates) {
        if (Files.exists(candidate)) {
          return shortened(candidate, path, includedFrom);
        }
      }
      throw new ConfigException(
          "there is no file or folder \"" + named + "\"" + nearest(name(path), candidates));
    } catch (InvalidPathException _) {
      throw new ConfigException("\"" + named + "\" is no file name");
    }
  }

  /** A name beside those that are not there which was perhaps meant. */
  private static String nearest(String name, List<Path> candidates) {
    Set<String> names = new TreeSet<>();
    for (Path candidate : candidates) {
      Path folder = candidate.getParent();
      if (folder != null && Files.isDirectory(folder)) {
        try (DirectoryStream<Path> files =
            Files.newDirectoryStream(folder, f -> !f.equals(candidate))) {
          files.forEach(file -> names.add(name(file)));
        } catch (IOException | DirectoryIteratorException e) {
          return "; " + folder + " cannot be read: " + reason(e);
        }
      }
    }
    return Words.nearest(name, names).map(near -> "; did you mean " + near + "?").orElse("");
  }

  /** Shown as the operator knows it: relative if the including file was named so. */
  private static Path shortened(Path found, Path named, Optional<Path> includedFrom) {
    if (includedFrom.isPresent() && !includedFrom.get().isAbsolute() && !named.isAbsolute()) {
      Path beside = includedFrom.get().resolveSibling(named);
      if (Files.exists(beside)) {
        return beside;
      }
    }
    return found;
  }

  /** The files of a folder in lexical order, without hidden ones and sub-folders. */
  List<Path> inside(Path folder) throws ConfigException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path file : all) {
        if (!name(file).startsWith(".") && !Files.isDirectory(file)) {
          files.add(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new ConfigException("cannot read the folder " + folder + ": " + reason(e), e);
    }
    files.sort(java.util.Comparator.comparing(ConfigFiles::name));
    return files;
  }

  private static String name(Path file) {
    Path name = file.getFileName();
    return name == null ? "" : name.toString();
  }

  /** The octets of a file. */
  byte[] read(Path file) throws ConfigException {
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw new ConfigException(file + ": found no regular file, expected a configuration file");
      }
      if (Files.size(file) == 0 && ofKernel(file)) {
        throw new ConfigException(
            file + ": found a file that the kernel makes up, expected a configuration file");
      }
      if (Files.size(file) > LARGEST) {
        throw new ConfigException(
            file
                + ": found "
                + Files.size(file)
                + " octets, expected a configuration file of at most "
                + LARGEST);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + reason(e), e);
    }
  }

  /** Some of these are regular files that block whoever reads them, as /proc/kmsg does. */
  private static boolean ofKernel(Path file) throws IOException {
    return switch (Files.getFileStore(file).type()) {
      case "proc", "sysfs", "debugfs", "tracefs", "securityfs", "bpf" -> true;
      default -> false;
    };
  }

  /** The text that the octets of a file or URI are. */
  static String decode(String name, byte[] octets) throws ConfigException {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(octets);
    CharBuffer out = CharBuffer.allocate(octets.length + 1);
    try {
      var result = decoder.decode(in, out, true);
      if (result.isError()) {
        result.throwException();
      }
      return out.flip().toString();
    } catch (CharacterCodingException e) {
      int line = 1;
      int column = 1;
      for (int i = 0; i < in.position(); i++) {
        column = octets[i] == '\n' ? 1 : column + 1;
        line += octets[i] == '\n' ? 1 : 0;
      }
      throw new ConfigException(
          new Position(name, line, column) + ": found invalid UTF-8, expected text", e);
    }
  }

  /** Why a file cannot be read or written. */
  static String reason(Exception e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such file";
      case AccessDeniedException _ -> "permission denied";
      default -> String.valueOf(e.getMessage());
    };
  }
}
