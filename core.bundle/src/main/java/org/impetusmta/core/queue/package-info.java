/** Mail queues, their maintainers and the disposition of every attempt. */
@NullMarked
package org.impetusmta.core.queue;

import org.jspecify.annotations.NullMarked;
