/** Delivery by ECStream. */
@NullMarked
package org.impetusmta.delivery.ecstream;

import org.jspecify.annotations.NullMarked;
