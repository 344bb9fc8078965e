/**
 * Reception: the phases of an inbound session, the relay decision, from the final dot to the queue.
 */
@NullMarked
package org.impetusmta.core.reception;

import org.jspecify.annotations.NullMarked;
