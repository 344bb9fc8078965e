/** A small SMTP client for modules that ask other servers. No Netty. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.net.smtp;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
