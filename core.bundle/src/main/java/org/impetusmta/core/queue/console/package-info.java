/** Console commands of the mail queues. */
@NullMarked
package org.impetusmta.core.queue.console;

import org.jspecify.annotations.NullMarked;
