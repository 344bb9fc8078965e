/** The programs {@code jlogctl}, {@code jlog_sanity_check} and {@code jlog_change_endian}. */
@NullMarked
package org.impetusmta.client.jlog;

import org.jspecify.annotations.NullMarked;
