package org.impetusmta.core.config;

import java.nio.file.Path;
import java.util.List;

/**
 * What was read: the global scope and the files it came from. Immutable.
 *
 * @param files in the order of their first inclusion, the main file first; none for a text
 */
record ConfigTree(ConfigScope root, List<SourceFile> files) {
  /**
   * A file of the configuration.
   *
   * @param path its real path
   * @param readOnly included by {@code readonly_include}, below such a file, or more than once:
   *     changes are not written back to it
   */
  record SourceFile(Path path, boolean readOnly) {}
}
