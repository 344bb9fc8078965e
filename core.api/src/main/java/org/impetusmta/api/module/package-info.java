/** What makes an OSGi bundle an Impetus module. */
@NullMarked
@Version("1.2.0")
package org.impetusmta.api.module;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
