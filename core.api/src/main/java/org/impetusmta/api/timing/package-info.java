/** How long the reception of mail takes. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.timing;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
