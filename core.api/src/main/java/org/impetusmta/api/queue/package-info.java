/** The mail queues, for modules that look after mail that waits, and for those that count it. */
@NullMarked
@Version("1.1.0")
package org.impetusmta.api.queue;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
