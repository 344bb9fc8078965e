/** A message, its envelope, its octets and the policy variables that travel with it. */
@NullMarked
@Version("1.1.0")
package org.impetusmta.api.message;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
