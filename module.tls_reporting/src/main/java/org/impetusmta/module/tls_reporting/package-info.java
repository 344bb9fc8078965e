/** The module tls_reporting: reports about TLS to the domains that ask for them (RFC 8460). */
@NullMarked
package org.impetusmta.module.tls_reporting;

import org.jspecify.annotations.NullMarked;
