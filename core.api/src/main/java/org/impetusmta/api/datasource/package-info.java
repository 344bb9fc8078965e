/**
 * Data kept elsewhere, asked for by the name of a {@code Datasource} stanza: databases,
 * directories, files. Drivers are services; ds_core has the caches. Source: modules.ds_core.
 */
@Version("1.1.0")
@NullMarked
package org.impetusmta.api.datasource;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
