/** The contract of the durable spool. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.spool;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
