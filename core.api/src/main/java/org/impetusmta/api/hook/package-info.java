/** The points at which a module takes part: one interface for each hook of the manual. */
@NullMarked
@Version("1.1.0")
package org.impetusmta.api.hook;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
