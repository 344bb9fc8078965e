/** What a failure means: classes of bounces, and the service that finds them. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.bounce;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
