package org.impetusmta.core.config;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@code config writeback} did.
 *
 * @param files those that were written
 * @param warnings what the operator should know
 * @param unsaved the lines of what no file could take; empty if everything was saved
 */
public record Written(List<Path> files, List<String> warnings, List<String> unsaved) {
  public Written {
    files = List.copyOf(files);
    warnings = List.copyOf(warnings);
    unsaved = List.copyOf(unsaved);
  }
}
