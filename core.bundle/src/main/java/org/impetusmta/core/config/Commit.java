package org.impetusmta.core.config;

import java.util.List;
import org.impetusmta.api.config.Generation;

/**
 * A change that is in force.
 *
 * @param warnings what the operator should know: options whose change waits for a restart, or that
 *     are ignored
 */
public record Commit(Generation generation, List<String> warnings) {
  public Commit {
    warnings = List.copyOf(warnings);
  }
}
