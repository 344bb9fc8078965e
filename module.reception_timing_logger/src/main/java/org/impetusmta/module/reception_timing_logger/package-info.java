/** The module reception_timing_logger: log of the times of receptions. */
@NullMarked
package org.impetusmta.module.reception_timing_logger;

import org.jspecify.annotations.NullMarked;
