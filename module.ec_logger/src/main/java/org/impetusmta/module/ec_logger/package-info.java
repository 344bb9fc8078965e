/** The module ec_logger: Momentum-style logs. */
@NullMarked
package org.impetusmta.module.ec_logger;

import org.jspecify.annotations.NullMarked;
