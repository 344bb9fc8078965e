/** The module postfix_logger: logs that read like those of Postfix. */
@NullMarked
package org.impetusmta.module.postfix_logger;

import org.jspecify.annotations.NullMarked;
