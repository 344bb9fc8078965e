/** The program {@code ec_console}: a client of the control listener. */
@NullMarked
package org.impetusmta.client;

import org.jspecify.annotations.NullMarked;
