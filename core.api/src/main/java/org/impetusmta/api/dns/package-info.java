/** Questions to the DNS, through the core's resolver and cache. */
@NullMarked
@Version("1.1.0")
package org.impetusmta.api.dns;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
