/** The module dnsbuf: buffer sizes of the DNS sockets. */
@NullMarked
package org.impetusmta.module.dnsbuf;

import org.jspecify.annotations.NullMarked;
