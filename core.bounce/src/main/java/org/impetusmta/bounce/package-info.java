/** The classification of bounces. */
@NullMarked
package org.impetusmta.bounce;

import org.jspecify.annotations.NullMarked;
