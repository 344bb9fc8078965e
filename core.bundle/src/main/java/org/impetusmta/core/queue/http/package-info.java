/** What is known of queues, by HTTP. */
@NullMarked
package org.impetusmta.core.queue.http;

import org.jspecify.annotations.NullMarked;
