/** What loggers share: lines whose text forges nothing, logs that lose none, reopening. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.log;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
