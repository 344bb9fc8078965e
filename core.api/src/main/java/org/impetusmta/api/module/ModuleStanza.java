package org.impetusmta.api.module;

import java.util.Map;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Stanza;
import org.osgi.annotation.versioning.ProviderType;

/** What a module instance was started for: its stanza. Safe for any thread. */
@ProviderType
public interface ModuleStanza {
  /** The component property that holds it. */
  String PROPERTY = "impetus.stanza";

  /** The module's name, {@code ec_logger}. */
  String module();

  /** The instance name; the module's name where the stanza has none. */
  String instance();

  /** The stanza itself. A module started without one ({@code module load}) has an empty stanza. */
  Stanza stanza();

  /** The newest generation in force that says this of the instance. */
  Generation generation();

  /** The values of the module's own option set in this stanza. */
  <T extends Record> T options(Class<T> type);

  /** Takes the stanza out of the properties that a component is activated with. */
  static ModuleStanza of(Map<String, Object> properties) {
    Object stanza = properties.get(PROPERTY);
    if (stanza instanceof ModuleStanza found) {
      return found;
    }
    throw new IllegalArgumentException("not activated by the module loader: no " + PROPERTY);
  }
}
