/** The core's side of an outbound connection, for delivery methods. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.delivery;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
