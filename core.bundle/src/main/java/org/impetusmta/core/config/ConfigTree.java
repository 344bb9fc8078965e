package org.impetusmta.core.config;

import java.nio.file.Path;
import java.util.List;

/**
 * What was read: the global scope and the files it came from.
 *
 * @param files in the order of their first inclusion, the main file first; none for a text
 * @param sources their texts and where everything stands in them; large, not to be kept
 */
record ConfigTree(ConfigScope root, List<SourceFile> files, SourceMap sources) {
  /**
   * A file of the configuration.
   *
   * @param path its real path
   * @param readOnly included by {@code readonly_include} (which does not pass on to the files that
   *     it includes itself), or more than once: changes are not written back to it
   */
  record SourceFile(Path path, boolean readOnly) {}
}
