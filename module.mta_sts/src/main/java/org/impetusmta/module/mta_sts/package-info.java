/** The module mta_sts: policies of receiving domains about TLS (RFC 8461). */
@NullMarked
package org.impetusmta.module.mta_sts;

import org.jspecify.annotations.NullMarked;
