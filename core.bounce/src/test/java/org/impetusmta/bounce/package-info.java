/** Tests of the classification. */
@NullMarked
package org.impetusmta.bounce;

import org.jspecify.annotations.NullMarked;
