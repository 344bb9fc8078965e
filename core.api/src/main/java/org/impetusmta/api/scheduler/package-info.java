/** Event loops and named thread pools. */
@NullMarked
@Version("1.2.0")
package org.impetusmta.api.scheduler;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
