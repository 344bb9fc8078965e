/** Tests of sockets. */
@NullMarked
package org.impetusmta.log;

import org.jspecify.annotations.NullMarked;
