/** The module exim_logger: logs that read like those of Exim. */
@NullMarked
package org.impetusmta.module.exim_logger;

import org.jspecify.annotations.NullMarked;
