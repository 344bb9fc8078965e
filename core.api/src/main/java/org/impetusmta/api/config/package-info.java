/** Options, the scopes they are said in, and the immutable generations they are read from. */
@NullMarked
@Version("1.1.0")
package org.impetusmta.api.config;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
