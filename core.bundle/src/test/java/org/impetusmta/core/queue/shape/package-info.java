@NullMarked
package org.impetusmta.core.queue.shape;

import org.jspecify.annotations.NullMarked;
