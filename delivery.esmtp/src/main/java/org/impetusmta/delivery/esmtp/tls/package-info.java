/**
 * TLS on outbound connections (RFC 3207): what is wanted, contexts, certificates, and what came of
 * it.
 */
@NullMarked
package org.impetusmta.delivery.esmtp.tls;

import org.jspecify.annotations.NullMarked;
