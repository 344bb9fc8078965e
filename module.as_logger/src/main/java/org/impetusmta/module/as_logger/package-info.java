/** The module as_logger: audit series logger. */
@NullMarked
package org.impetusmta.module.as_logger;

import org.jspecify.annotations.NullMarked;
