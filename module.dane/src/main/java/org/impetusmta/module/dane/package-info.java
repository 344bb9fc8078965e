/** The module dane: what TLSA records demand of TLS to receiving hosts (RFC 7672). */
@NullMarked
package org.impetusmta.module.dane;

import org.jspecify.annotations.NullMarked;
