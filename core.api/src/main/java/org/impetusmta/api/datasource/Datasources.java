package org.impetusmta.api.datasource;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** The {@code Datasource} stanzas in force; an OSGi service of module ds_core. Concurrent. */
@ProviderType
public interface Datasources {
  /** The datasource of that name; what is returned goes on working when its options change. */
  Optional<Datasource> find(String name);

  /** All, in the order of their names. */
  List<Datasource> all();
}
