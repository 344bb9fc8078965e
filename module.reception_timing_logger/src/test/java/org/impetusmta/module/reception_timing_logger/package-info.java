/** Tests of the module reception_timing_logger. */
@NullMarked
package org.impetusmta.module.reception_timing_logger;

import org.jspecify.annotations.NullMarked;
