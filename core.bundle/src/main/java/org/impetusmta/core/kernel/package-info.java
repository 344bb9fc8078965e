/** The start and the end of the server, in order. */
@NullMarked
package org.impetusmta.core.kernel;

import org.jspecify.annotations.NullMarked;
