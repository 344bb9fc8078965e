/** Tests of messages as the core keeps them. */
@NullMarked
package org.impetusmta.core.message;

import org.jspecify.annotations.NullMarked;
