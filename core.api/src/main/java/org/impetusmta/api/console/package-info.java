/** Console commands. */
@NullMarked
@Version("1.1.0")
package org.impetusmta.api.console;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
