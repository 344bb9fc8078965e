/** Counters that scripts and modules share, and what is known of caches. */
@NullMarked
@Version("1.1.0")
package org.impetusmta.api.metrics;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
