package org.impetusmta.testkit.module;

import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;

/**
 * The stanza of a module whose options a test makes itself. Read-only.
 *
 * @param module its name, and that of its only instance
 * @param options what the module reads
 * @param generation what is said beside it
 */
public record Configured(String module, Record options, Generation generation)
    implements ModuleStanza {
  @Override
  public String instance() {
    return module;
  }

  @Override
  public Stanza stanza() {
    return TestStanza.of(module);
  }

  @Override
  public <T extends Record> T options(Class<T> type) {
    return type.cast(options);
  }
}
