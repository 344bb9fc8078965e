/** Programs for log files: ec_rotate and ec_log_trace. */
@NullMarked
package org.impetusmta.client.log;

import org.jspecify.annotations.NullMarked;
