/** Delivery by SMTP (RFC 5321): the delivery method {@code esmtp}. */
@NullMarked
package org.impetusmta.delivery.esmtp;

import org.jspecify.annotations.NullMarked;
