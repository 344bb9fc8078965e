/** The module custom_bounce_logger. */
@NullMarked
package org.impetusmta.module.custom_bounce_logger;

import org.jspecify.annotations.NullMarked;
