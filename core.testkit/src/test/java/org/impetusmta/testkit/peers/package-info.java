/** Tests of what starts servers of other packages. */
@NullMarked
package org.impetusmta.testkit.peers;

import org.jspecify.annotations.NullMarked;
