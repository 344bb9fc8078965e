/** The events that loggers receive. */
@NullMarked
@Version("1.2.0")
package org.impetusmta.api.log;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
