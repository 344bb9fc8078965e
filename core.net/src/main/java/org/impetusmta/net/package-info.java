/** What listeners and delivery methods share of sockets. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.net;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
