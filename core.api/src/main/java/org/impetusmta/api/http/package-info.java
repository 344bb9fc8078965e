/** What bundles serve by HTTP. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.http;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
