/** The events that loggers receive. */
@NullMarked
@Version("1.1.0")
package org.impetusmta.api.log;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
