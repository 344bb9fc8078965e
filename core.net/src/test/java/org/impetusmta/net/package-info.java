/** Tests of sockets. */
@NullMarked
package org.impetusmta.net;

import org.jspecify.annotations.NullMarked;
