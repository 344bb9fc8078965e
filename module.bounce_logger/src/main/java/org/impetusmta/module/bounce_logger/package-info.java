/** The module bounce_logger. */
@NullMarked
package org.impetusmta.module.bounce_logger;

import org.jspecify.annotations.NullMarked;
