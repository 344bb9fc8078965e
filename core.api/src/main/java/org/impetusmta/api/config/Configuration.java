package org.impetusmta.api.config;

import org.osgi.annotation.versioning.ProviderType;

/** Where the generation in force is found; an OSGi service of the core. Safe for any thread. */
@ProviderType
public interface Configuration {
  /** The generation in force; a volatile read. */
  Generation current();
}
