/**
 * What listeners and delivery methods share for TLS: values of options, files with certificates,
 * contexts of a server, and who a certificate belongs to.
 */
@NullMarked
@Version("1.0.0")
package org.impetusmta.tls;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
