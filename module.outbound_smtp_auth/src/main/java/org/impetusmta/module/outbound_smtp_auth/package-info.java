/** The module outbound_smtp_auth: authentication to next hosts. */
@NullMarked
package org.impetusmta.module.outbound_smtp_auth;

import org.jspecify.annotations.NullMarked;
