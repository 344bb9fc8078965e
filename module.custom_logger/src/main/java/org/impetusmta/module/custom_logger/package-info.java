/** The module custom_logger: Logs in formats of the operator's own. */
@NullMarked
package org.impetusmta.module.custom_logger;

import org.jspecify.annotations.NullMarked;
