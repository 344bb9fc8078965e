package org.impetusmta.core.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The files that the configuration in force came from, as they were when they were read or written
 * last. Immutable.
 *
 * @param main the file that includes the others
 * @param root what they say all together
 * @param files their real paths, the main file first
 * @param local the file of local changes, which need not exist
 */
record LoadedFiles(Path main, ConfigScope root, List<Path> files, Optional<Path> local) {
  static LoadedFiles of(Path main, ConfigTree tree, Optional<Path> local) {
    return new LoadedFiles(
        main, tree.root(), tree.files().stream().map(ConfigTree.SourceFile::path).toList(), local);
  }

  /** The files other than that of local changes. */
  List<Path> others() {
    return files.stream().filter(file -> !isLocal(file)).toList();
  }

  private boolean isLocal(Path file) {
    return local.isPresent() && ChangedFiles.identity(local.get()).equals(file);
  }
}
