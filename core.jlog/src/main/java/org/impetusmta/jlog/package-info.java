/**
 * Journals that subscribers read, in the format of the jlog library. Start at {@link
 * org.impetusmta.jlog.Jlog}.
 */
@NullMarked
@Version("1.0.0")
package org.impetusmta.jlog;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
