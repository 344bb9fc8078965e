/** The wire form of ECStream; {@code docs/ecstream.md} describes it. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.ecstream;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
