/** The control listener: where {@code ec_console} connects. */
@NullMarked
package org.impetusmta.listener.control;

import org.jspecify.annotations.NullMarked;
