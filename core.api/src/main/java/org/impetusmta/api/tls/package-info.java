/** What is demanded of TLS on connections, and what came of it. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.tls;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
