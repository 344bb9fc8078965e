/** The mail queues, for modules that look after mail that waits. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.queue;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
