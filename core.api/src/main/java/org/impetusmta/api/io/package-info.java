/** I/O wrappers: what opens a URI. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.io;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
