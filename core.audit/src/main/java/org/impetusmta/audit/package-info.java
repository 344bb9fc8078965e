/** Audit series and gauge caches of this process, and the files that series are written to. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.audit;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
