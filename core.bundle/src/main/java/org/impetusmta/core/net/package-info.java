/** Event loops and thread pools: the one package of the core that knows Netty and makes threads. */
@NullMarked
package org.impetusmta.core.net;

import org.jspecify.annotations.NullMarked;
