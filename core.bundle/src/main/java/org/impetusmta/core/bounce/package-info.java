/** Delivery status notifications: what a sender is told when mail fails for good. */
@NullMarked
package org.impetusmta.core.bounce;

import org.jspecify.annotations.NullMarked;
