/** The core's side of an inbound connection, for listeners. */
@NullMarked
@Version("1.2.0")
package org.impetusmta.api.reception;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
