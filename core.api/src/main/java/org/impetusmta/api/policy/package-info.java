/** What modules do for scripts and for each other. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.policy;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
