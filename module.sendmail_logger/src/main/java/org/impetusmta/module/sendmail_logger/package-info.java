/** The module sendmail_logger: logs that read like those of Sendmail. */
@NullMarked
package org.impetusmta.module.sendmail_logger;

import org.jspecify.annotations.NullMarked;
