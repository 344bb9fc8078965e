/** Servers of other packages, as tests start them for themselves. */
@NullMarked
package org.impetusmta.testkit.peers;

import org.jspecify.annotations.NullMarked;
