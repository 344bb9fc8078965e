/** Messages as the core keeps them, and their ids. */
@NullMarked
package org.impetusmta.core.message;

import org.jspecify.annotations.NullMarked;
