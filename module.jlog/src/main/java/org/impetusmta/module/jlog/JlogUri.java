package org.impetusmta.module.jlog;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import org.impetusmta.api.io.IoUri;

/**
 * What a URI says of a journal: {@code jlog:///path}, {@code jlog:///path=>subscriber} or {@code
 * jlog:///path?subscribers=one,two}. The path is absolute, with or without its first slash, as the
 * manual has it both ways. Immutable.
 *
 * @param subscribers {@code master} where the URI names none
 */
record JlogUri(Path folder, List<String> subscribers) {
  private static final String ARROW = "=>";
  private static final String PARAMETER = "subscribers=";
  private static final String DEFAULT = "master";

  static JlogUri of(IoUri uri) throws IOException {
    String rest = uri.rest();
    int arrow = rest.indexOf(ARROW);
    int question = rest.indexOf('?');
    if (arrow >= 0 && question >= 0) {
      throw new IOException("found => and ?, expected => or ?subscribers=, not both");
    }
    if (arrow >= 0) {
      String name = rest.substring(arrow + ARROW.length());
      if (name.isBlank()) {
        throw new IOException("found nothing behind =>, expected the name of a subscriber");
      }
      return new JlogUri(folder(rest.substring(0, arrow)), List.of(name));
    }
    if (question >= 0) {
      return new JlogUri(folder(rest.substring(0, question)), names(rest.substring(question + 1)));
    }
    return new JlogUri(folder(rest), List.of(DEFAULT));
  }

  private static List<String> names(String query) throws IOException {
    if (!query.startsWith(PARAMETER)) {
      throw new IOException(
          "found the parameter \"%s\", expected subscribers=NAME,NAME".formatted(query));
    }
    LinkedHashSet<String> names = new LinkedHashSet<>();
    for (String name : query.substring(PARAMETER.length()).split(",", -1)) {
      if (name.isBlank() || name.indexOf('&') >= 0) {
        throw new IOException("found \"%s\", expected names separated by commas".formatted(query));
      }
      names.add(name.strip());
    }
    return List.copyOf(names);
  }

  private static Path folder(String text) throws IOException {
    String path = text.startsWith("/") ? text : "/" + text;
    try {
      Path folder = Path.of(path).normalize();
      if (folder.getNameCount() == 0) {
        throw new IOException("found no path, expected that of a folder");
      }
      return folder;
    } catch (InvalidPathException e) {
      throw new IOException("found a path that cannot be one: " + e.getReason(), e);
    }
  }
}
