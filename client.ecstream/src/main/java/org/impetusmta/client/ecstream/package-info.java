/** Injection by ECStream: a client library; {@code docs/ecstream.md} describes the protocol. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.client.ecstream;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
