/** Tests of reception. */
@NullMarked
package org.impetusmta.core.reception;

import org.jspecify.annotations.NullMarked;
