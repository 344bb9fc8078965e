/** Limits that queues share: buckets of throttles, caps of connections. */
@NullMarked
package org.impetusmta.core.queue.shape;

import org.jspecify.annotations.NullMarked;
